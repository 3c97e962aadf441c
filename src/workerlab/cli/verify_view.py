"""Shows a proof of the labs while it is made, and writes it down."""

from __future__ import annotations

import json as json_
from pathlib import Path

from workerlab.cli.screen import Screen
from workerlab.errors import BadUsage
from workerlab.grading.authoring.runs import Job, Run
from workerlab.grading.authoring.verify import Proof, verify


def prove(
    screen: Screen,
    labs: list[str],
    *,
    full: bool,
    core: bool,
    anew: bool,
    within: float,
    jobs: int,
    results: Path | None,
    json: Path | None,
) -> int:
    """Run verify-labs; returns its exit status."""
    doing: list[str] = []

    def show(proof: Proof) -> None:
        names = " and ".join(doing[-jobs:])
        screen.doing(f"{len(proof.runs)} of {proof.planned} runs; now {names}")

    def started(job: Job) -> None:
        doing.append(f"{job.kind} {job.name}")

    def ended(run: Run, proof: Proof) -> None:
        if not run.kept:
            doing.remove(f"{run.kind} {run.name}")
        sign, style = ("✔", "green") if run.holds else ("✘", "bold red")
        screen.parts(
            (f"  {sign} ", style),
            (f"{run.lab:<18} {run.kind:<9}{run.name:<34}", ""),
            ("    kept  " if run.kept else f"{run.duration_s:>6.1f} s  ", "dim"),
            (run.expected if run.holds else f"{run.expected}: NO, found {run.found}", style),
        )
        if json:
            _write(proof, json)
        show(proof)

    with screen.live():
        screen.doing("looking at the trees")
        proof = verify(
            *labs,
            full=full,
            core=core,
            anew=anew,
            within=within,
            jobs=jobs,
            results=results,
            on_start=started,
            on_run=ended,
        )
    if json:
        _write(proof, json)
    _sum_up(screen, proof)
    if proof.left_out:
        screen.say(
            f"left out, for want of time: {proof.left_out} of {proof.planned} runs", "yellow"
        )
    if core:
        screen.say("one mutant for each check, no odd answers; all of them: without --core")
    return 0 if proof.holds else 1


def _write(proof: Proof, path: Path) -> None:
    try:
        path.write_text(json_.dumps(proof.to_json(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        advice = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error


def _sum_up(screen: Screen, proof: Proof) -> None:
    screen.say()
    for lab, problems in proof.problems.items():
        runs = [run for run in proof.runs if run.lab == lab]
        counts = [
            f"{sum(r.holds for r in runs if r.kind == kind)} of {sum(r.kind == kind for r in runs)} {name}"
            for kind, name in (
                ("starter", "starters fail"),
                ("solution", "solutions pass"),
                ("mutant", "mutants die by their check"),
                ("right", "odd answers pass"),
            )
        ]
        screen.say(f"{lab}: {', '.join(counts)}", "bold")
        for problem in problems:
            screen.say(f"  ✘ {problem}", "bold red")
        for run in runs:
            if not run.holds:
                screen.say(
                    f"  ✘ {run.kind} {run.name}: {run.expected}; found {run.found}", "bold red"
                )
    whole = "all that was run holds" if proof.left_out else "everything holds"
    verdict = whole if proof.holds else "not everything holds"
    screen.say(verdict, "bold green" if proof.holds else "bold red")
