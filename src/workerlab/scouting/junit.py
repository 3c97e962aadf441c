"""The result of a scout as JUnit XML: a case for each pair."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from workerlab.draw import schedule_text
from workerlab.grading.gradebooks.junit import in_xml
from workerlab.scouting.records import Answer, Survey
from workerlab.scouting.results import by_pair

ELEMENTS = {
    "race": "failure",
    "workers_disagree": "failure",
    "inconclusive": "skipped",
    "not_asked": "skipped",
}


def junit(survey: Survey) -> bytes:
    """One suite; a pair that could not be asked is skipped, with the reason."""
    answers = by_pair(survey["answers"])
    kinds = [ELEMENTS.get(one["status"]) for one in answers]
    suite = ET.Element(
        "testsuite",
        name=in_xml(f"workerlab scout {survey['app']}"),
        tests=str(len(answers)),
        failures=str(kinds.count("failure")),
        skipped=str(kinds.count("skipped")),
        errors="0",
        time=f"{survey['seconds']:.2f}",
    )
    for answer in answers:
        _case(suite, answer)
    suites = ET.Element("testsuites", name="workerlab")
    suites.append(suite)
    ET.indent(suites, " ")
    text: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _case(suite: ET.Element, answer: Answer) -> None:
    lines = answer["lines"]
    case = ET.SubElement(
        suite,
        "testcase",
        classname="workerlab.scout",
        name=in_xml(answer["pair"]),
        time=f"{answer['seconds']:.2f}",
    )
    if lines:
        case.set("file", in_xml(lines[0]["file"]))
        case.set("line", str(lines[0]["line"]))
    if element := ELEMENTS.get(answer["status"]):
        message = in_xml(answer["message"])
        found = ET.SubElement(case, element, message=message, type=answer["status"])
        drawn = schedule_text(answer["evidence"]) if answer["evidence"] else ""
        found.text = (
            in_xml(f"{drawn}\n\nagain: {answer['command']}") if answer["command"] else message
        )
