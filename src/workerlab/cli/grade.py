"""`workerlab grade`: grade a class."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer


def grade(
    submissions: Annotated[
        Path,
        typer.Argument(
            metavar="SUBMISSIONS",
            help="a folder with one folder or .zip a student; or a platform's .zip",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="where everything is kept")],
    lab: Annotated[
        list[str] | None,
        typer.Option(metavar="LAB", help="this lab; may be repeated (all that were handed in)"),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="graded at the same time (2; on a cluster, all its threads)"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="for the random part of a search (drawn once, kept in DIR)")
    ] = None,
    budget: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="for one submission and one lab")
    ] = 120,
    map: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="a CSV: which file of which package is whose"),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="grade on the workers of this Dask scheduler"),
    ] = None,
) -> int:
    """Grade a class: one folder or .zip a student. The same command goes on where it was.

    **Examples**

    `workerlab grade handed-in --out marks --lab lab08` · lab 08 of all students

    `workerlab grade handed-in --out marks` · go on after Ctrl-C, a crash, a late submission: what
    is graded stays, a submission that has changed is graded anew

    `workerlab grade handed-in --out lab11 --lab 11 --jobs 4 --budget 240` · more cores, more time

    `workerlab grade handed-in --out marks --cluster tcp://10.0.0.5:8786` · on every machine that
    runs `dask worker tcp://10.0.0.5:8786` in this repository, at the same commit; each needs
    bubblewrap of its own, and each page says how it was on the machine that graded it

    `workerlab grade handed-in --out marks --map map.csv` · what could not be taken, settled by hand

    **What SUBMISSIONS holds**: for each student a folder, a .zip, a .tar.gz or a .py file, called
    as the student is; or what Moodle, Canvas, Gradescope, Blackboard or Brightspace pack, zipped or
    not, with the names, addresses and times that they write there. Inside, a folder called like the
    lab (lab08_redis/app.py), or the lab's own files. App.py, main.py with an `app`, app.py.txt, the
    code of a notebook and a .zip in a .zip are taken, too, and the row says so. What can be meant
    in two ways is refused: it stands under "what needs a look", and counts nowhere as 0.

    **What FILE holds**: lines of package,file,as,lab,student with a line of these names above;
    only `package` is always needed, called as in grades.csv. file,as: this file is the lab's
    app.py. student: whose it is; - for nobody's. The map holds until another is given.

    **What DIR holds**: grades.csv, students/NAME.html for each student (no seed, nothing that is
    meant for you), index.html and results/NAME.json for you. All are valid at every moment.

    Exit status: 0 every submission has its row (those without a verdict are listed), 2 wrong
    usage, or DIR cannot be written.
    """
    from workerlab.cli.grade_view import ClassView
    from workerlab.cli.screen import Screen
    from workerlab.grading.batch.runner import JOBS, grade_class

    screen = Screen()
    view = ClassView(screen, out)
    options: dict[str, Any] = {"jobs": jobs or JOBS}
    try:
        with screen.live(), ExitStack() as stack:
            if cluster:
                from workerlab.grading.batch.cluster import Cluster
                from workerlab.grading.batch.isolation import ON_A_CLUSTER

                screen.doing(f"calling {cluster}")
                workers = stack.enter_context(Cluster(cluster))
                options = {
                    "jobs": jobs or workers.threads,
                    "grading_process": workers.grading_process,
                }
                options["isolation"] = ON_A_CLUSTER  # each of its machines reports its own
            screen.doing(f"looking at {submissions}")
            book = grade_class(
                submissions,
                out,
                labs=lab or (),
                seed=seed,
                budget=budget,
                settled_by=map,
                on_change=view,
                **options,
            )
    except KeyboardInterrupt:
        view.interrupted()
        raise
    view.sum_up(book)
    return 0
