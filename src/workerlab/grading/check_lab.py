"""`check("lab08_redis")`: grade labs, from a notebook or from the command line."""

from collections.abc import Callable, Collection
from pathlib import Path

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.grading import progress
from workerlab.grading.api import checks_of
from workerlab.grading.batch.doubtful import doubtful, grade_in_a_process
from workerlab.grading.manifest import Manifest, all_labs, find, root
from workerlab.grading.result import CheckResult, Report
from workerlab.grading.run import OnEvent, begin_to_import, grade, not_begun
from workerlab.grading.submission import locate


def check(
    *labs: str,
    submission: str | Path | None = None,
    quick: bool = False,
    seed: int = 1,
    only: Collection[str] = (),
    json: str | Path | None = None,
    html: str | Path | None = None,
    remember: bool = True,
    trusted: bool = False,
    on_event: OnEvent = lambda kind, what: None,
) -> Report:
    """Grade labs: those that are named, or else all that have been handed in.

    submission   a folder laid out like labs/ (the default is labs/ itself)
    quick        only the quick checks, with a smaller search
    only         ids of the checks to run
    json, html   files for the result; the JSON is written again after every check, and is
                 complete at every moment: a check that has not run yet says so
    remember     keep the result for `workerlab progress`
    trusted      run a submission that lies outside of this course's folders like one's own work,
                 with everything that you may read and write, and not in a sandbox
    on_event     called with ("lab", Manifest), ("started", CheckInfo), ("progress", text),
                 ("finished", CheckResult), ("graded", LabResult) and ("warning", text)

    Returns a Report, which shows itself. Raises BadUsage for a lab, a check or a path that
    does not exist, for a file that cannot be written, and for another person's submission where
    this machine has no sandbox.
    """
    place = Path(submission) if submission else root() / "labs"
    confined = not trusted and doubtful(place)
    how = grade_in_a_process if confined else grade
    chosen = [find(name) for name in labs] or _handed_in(place)
    for lab in chosen:
        locate(lab, place)
    if not confined:
        begin_to_import(chosen[0], place)
    _must_exist(only, chosen)
    under_way = [not_begun(lab, quick=quick, only=only) for lab in chosen]
    report = Report(str(place.resolve()), seed, under_way)
    write = _writer(report, json)
    write()
    _try_out(html)
    try:
        for number, lab in enumerate(chosen):
            on_event("lab", lab)
            tell = _telling(report, number, write, on_event)
            report.labs[number] = how(lab, place, quick=quick, seed=seed, only=only, on_event=tell)
            write()
            if remember and not confined:
                _remember(report, number, quick or bool(only), on_event)
            on_event("graded", report.labs[number])
    finally:
        if html:
            from workerlab.grading.page.html import write_page

            write_page(report, html)
    return report


def _telling(report: Report, number: int, write: Callable[[], None], on_event: OnEvent) -> OnEvent:
    """Puts each finished check in its place in the report, and passes everything on."""
    checks = report.labs[number].checks
    places = {check.id: place for place, check in enumerate(checks)}

    def tell(kind: str, what: object) -> None:
        if kind == "finished" and isinstance(what, CheckResult):
            checks[places[what.id]] = what
            write()
        on_event(kind, what)

    return tell


def _handed_in(place: Path) -> list[Manifest]:
    """The labs that have a folder in this place."""
    found = [lab for lab in all_labs() if (place / lab.name).is_dir()]
    if not found and not place.exists():
        raise BadUsage(f"there is no submission at {place}", "give a folder laid out like labs/")
    if not found:
        advice = f"name the lab: workerlab check LAB --submission {place}"
        raise BadUsage(f"{place} does not say which lab it is for", advice)
    return found


def _must_exist(only: Collection[str], labs: list[Manifest]) -> None:
    known = [info.id for lab in labs for info in checks_of(lab)] if only else []
    for id_ in only:
        if id_ not in known:
            raise BadUsage(f"there is no check {id_!r}", f"choose one of: {', '.join(known)}")


def _writer(report: Report, json: str | Path | None) -> Callable[[], None]:
    return (lambda: report.write(json)) if json else (lambda: None)


def _try_out(path: str | Path | None) -> None:
    """Find out now, not after all the grading, that a file cannot be written."""
    if path:
        try:
            Path(path).open("a").close()
        except OSError as error:
            advice = "name a file in a folder that you may write"
            raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error


def _remember(report: Report, number: int, partly: bool, on_event: OnEvent) -> None:
    try:
        progress.record(report.labs[number], Path(report.submission), partly=partly)
    except WorkerlabError as error:
        on_event("warning", f"{error}; {error.advice}")
