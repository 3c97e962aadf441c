"""What of results.json stands in INSTRUCTORS.md: a table, and a line below it."""

from __future__ import annotations

HEAD = """| tool | seconds a submission | `os._exit(0)` | endless loop | forged result |
|---|---|---|---|---|
"""
QUIET = 0.7  # processes that wanted a core, in the minute before
BELOW = """
*Measured on {date} on {cores} cores{busy}; nbgrader {nbgrader}, Otter {otter}, workerlab {isolation}.*
"""


def table(results: dict) -> str:
    """A row for each tool, in Markdown, and below it what was measured, ending in a newline."""
    rows = (
        f"| {name} | {row['seconds_each']} | "
        + " | ".join(cell(row["alone"][kind]) for kind in ("exits", "loops", "forged"))
        + " |\n"
        for name, row in results["tools"].items()
    )
    there = results["versions"]
    below = BELOW.format(
        **{name: results[name] for name in ("date", "cores", "isolation")},
        busy=" that had other work too" if results["load_before"] > QUIET else "",
        nbgrader=there["nbgrader"],
        otter=there["otter-grader"],
    )
    return HEAD + "".join(rows) + below


def cell(one: dict) -> str:
    """What was reported for one submission, and after how many seconds."""
    after = f"{one['seconds']:.0f} s"
    if one["ended_by_us"]:
        return f"no end; ended by us after {after}"
    if one["score"] is None:
        return f"no result, exit status {one['exit_status']}; {after}"
    points = f"{one['score']:g} of {one['maximum']:g}"
    points += ", inconclusive" if "inconclusive" in one["status"] else ""
    error = f", exit status {one['exit_status']}" if one["exit_status"] else ""
    left = f", {len(one['left'])} left running" if one["left"] else ""
    return f"{points}{error}{left}; {after}"
