"""What the tools found, as the table that the guide quotes."""

from __future__ import annotations

from typing import Any

TOOLS = {  # the columns
    "asked": "workerlab, asked",
    "unasked": "workerlab, no question",
    "frontrun": "frontrun",
    "schemathesis": "Schemathesis",
    "load": "load test",
}
QUIET = 0.7  # processes that wanted a core, in the minute before
BELOW = """
*Measured on {cores} cores{busy}: Schemathesis {schemathesis} and frontrun {frontrun} had {budget_s} s
of searching for each service, and the load test was {requests} requests by {clients} clients, {tries}
times. The stateful phase of Schemathesis found something to follow in {stateful} of the {faults} wrong
services.*
"""


def cell(tool: str, row: dict[str, Any], twin: str, tries: int) -> str:
    """What a tool said of a service; of the right one, whether that was a false alarm."""
    text = row["result"]
    if text == "found" and twin == "right":
        text = "false alarm"
    elif text == "not found" and twin == "right":
        text = "quiet"
    if tool == "load" and row["result"] == "found":
        text += f", {row['showed']} of {tries}"
    return text


def table(results: dict[str, Any]) -> str:
    """A row for each fault: what was said of the wrong service / of the right one."""
    lines = [f"| fault | {' | '.join(TOOLS.values())} |", "|---" * (len(TOOLS) + 1) + "|"]
    for name, case in results["cases"].items():
        cells = []
        for tool in TOOLS:
            both = [
                cell(tool, case[twin][tool], twin, results["tries"])
                for twin in ("wrong", "right")
                if twin in case
            ]
            cells.append(both[0] if len(set(both)) == 1 else " / ".join(both))
        lines.append(f"| {case['kind']} (`{name}`) | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def quoted(results: dict[str, Any]) -> str:
    """The table as it stands in the guide: with its sums, and below it what was measured."""
    sums = {tool: counts(results, tool) for tool in TOOLS}
    faults = len(results["cases"])
    rows = {
        "faults found": [f"{found} of {faults}" for found, _, _ in sums.values()],
        "false alarms": [str(alarms) for _, alarms, _ in sums.values()],
        "seconds for a service (median)": [f"{seconds:.0f}" for _, _, seconds in sums.values()],
    }
    lines = "".join(f"| **{name}** | {' | '.join(cells)} |\n" for name, cells in rows.items())
    wrong = [case["wrong"]["schemathesis"] for case in results["cases"].values()]
    below = BELOW.format(
        **results,
        **results["versions"],
        faults=faults,
        stateful=sum(row.get("stateful") == "ran" for row in wrong),
        busy=" that had other work too" if results["load_before"] > QUIET else "",
    )
    return table(results) + lines + below


def counts(results: dict[str, Any], tool: str) -> tuple[int, int, float]:
    """How many wrong services it found, how many right ones it blamed, and its median seconds."""
    rows = results["cases"].values()
    found = sum(case["wrong"][tool]["result"] == "found" for case in rows)
    alarms = sum(case["right"][tool]["result"] == "found" for case in rows)
    both = [case[twin][tool] for case in rows for twin in ("wrong", "right")]
    seconds = sorted(row["seconds"] for row in both if row["result"] != "cannot be asked")
    middle = len(seconds) // 2
    return found, alarms, round((seconds[middle] + seconds[~middle]) / 2, 1)
