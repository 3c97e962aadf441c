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


def counts(results: dict[str, Any], tool: str) -> tuple[int, int, float]:
    """How many wrong services it found, how many right ones it blamed, and its median seconds."""
    rows = results["cases"].values()
    found = sum(case["wrong"][tool]["result"] == "found" for case in rows)
    alarms = sum(case["right"][tool]["result"] == "found" for case in rows)
    seconds = sorted(case[twin][tool]["seconds"] for case in rows for twin in ("wrong", "right"))
    middle = len(seconds) // 2
    return found, alarms, round((seconds[middle] + seconds[~middle]) / 2, 1)
