"""`check("lab08_redis")`: grade labs, from a notebook or from the command line."""

from collections.abc import Callable
from pathlib import Path

from workerlab.grading.manifest import all_labs, find, root
from workerlab.grading.report import LabResult, Report
from workerlab.grading.run import grade


def check(
    *labs: str,
    submission: str | Path | None = None,
    quick: bool = False,
    seed: int = 1,
    only: tuple[str, ...] = (),
    json: str | Path | None = None,
    html: str | Path | None = None,
    on_event: Callable[[str, object], None] = lambda kind, what: None,
) -> Report:
    """Grade labs (all of them when none is named).

    submission   a folder laid out like labs/ (the default is labs/ itself)
    json, html   files for the result; the JSON is written again after every check

    Returns a Report, which shows itself. Raises BadUsage for a lab or a path that does not exist.
    """
    place = Path(submission) if submission else root() / "labs"
    report = Report(str(place.resolve()), seed)
    for lab in [find(name) for name in labs] or all_labs():
        under_way = LabResult(lab.name)
        report.labs.append(under_way)

        def tell(kind: str, what: object, under_way: LabResult = under_way) -> None:
            if kind == "finished":
                under_way.checks.append(what)
                under_way.max_score = round(sum(c.max_points for c in under_way.checks), 2)
                if json:
                    report.write(json)
            on_event(kind, what)

        done = grade(lab, place, quick=quick, seed=seed, only=only, on_event=tell)
        report.labs[-1] = done
    if json:
        report.write(json)
    if html:
        from workerlab.grading.html import write_page

        write_page(report, html)
    return report
