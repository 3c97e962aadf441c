"""What was found, on the two lines of the app that race: for GitHub, and as SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from workerlab.scouting.records import FOUND, Answer, Line, Survey
from workerlab.scouting.results import of_status

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
RULES = {
    "race": (
        "Two requests at the same moment are answered as no order of them would be",
        "One request goes on with what it has read before the other one changed it.",
    ),
    "workers_disagree": (
        "Workers respond differently, without any race",
        "Each worker process has its own copy of what they should share.",
    ),
}


def headline(answer: Answer) -> str:
    """What was found of a pair, in one line."""
    if answer["status"] == "workers_disagree" or not answer["evidence"]:
        return f"{answer['pair']}: {answer['message']}"
    return f"{answer['pair']} race: {answer['evidence'].get('actual', '')}"


def github(survey: Survey) -> Iterator[str]:
    """Workflow commands that annotate the lines: `::error file=…,line=…::…`."""
    for answer in of_status(survey, *FOUND):
        lines: list[Line | None] = [*answer["lines"]] or [None]
        for line in lines:
            where = f"file={_property(line['file'])},line={line['line']}," if line else ""
            title = _property(f"workerlab: {answer['pair']}")
            others = [f"{one['file']}:{one['line']}" for one in lines if one and one != line]
            beside = f" (with {others[0]})" if others else ""
            told = f"{headline(answer)}{beside}\nagain: {answer['command']}"
            yield f"::error {where}title={title}::{_data(told)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(survey: Survey) -> dict[str, Any]:
    """The same for code scanning, with what could not be asked as notifications."""
    left = of_status(survey, "not_asked", "inconclusive")
    return {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "invocations": [
                    {
                        "executionSuccessful": survey["finished"],
                        "toolExecutionNotifications": [*map(_notification, left)],
                    }
                ],
                "results": [*map(_result, of_status(survey, *FOUND))],
            }
        ],
    }


def _driver() -> dict[str, Any]:
    rules = [
        {"id": name, "shortDescription": {"text": short}, "fullDescription": {"text": full}}
        for name, (short, full) in RULES.items()
    ]
    return {"name": "workerlab", "version": version("workerlab"), "rules": rules}


def _notification(answer: Answer) -> dict[str, Any]:
    text = f"{answer['pair']}: {answer['message']}"
    return {"level": "note", "message": {"text": text}}


def _result(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": answer["status"],
        "ruleIndex": [*RULES].index(answer["status"]),
        "level": "error",
        "message": {"text": f"{headline(answer)}\nagain: {answer['command']}"},
        "partialFingerprints": {"pair/v1": answer["pair"]},
    }
    places = [*map(_place, answer["lines"])]
    if places:
        found["locations"] = places[:1]
        found["relatedLocations"] = [{**one, "id": n} for n, one in enumerate(places[1:], start=1)]
    return found


def _place(line: Line) -> dict[str, Any]:
    path = Path(line["file"])
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": line["line"], "snippet": {"text": line["source"]}},
        },
        "message": {"text": f"request {line['task']}: {line['source']}"},
    }
