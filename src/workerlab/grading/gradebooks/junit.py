"""JUnit XML: a test suite for each student and lab, for other programs that read results.

Elements and attributes are those that the common schemas (Jenkins' junit-10.xsd among them) have
in common. Points are properties of the suite. Only the suite has a time: a journal knows how
long a lab took, not how long a check did.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from workerlab.grading.gradebooks.common import (
    Done,
    LabMarks,
    Marks,
    exact,
    plain,
    student_text,
    write,
)
from workerlab.grading.result import FAILED, INCONCLUSIVE, NOT_GRADABLE

ELEMENTS = {FAILED: "failure", INCONCLUSIVE: "skipped", NOT_GRADABLE: "error"}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(marks: list[Marks], out: Path) -> Done:
    """Write one file with the checks of all students."""
    suites = ET.Element("testsuites", name="workerlab")
    for one in marks:
        for lab in one.labs:
            suites.append(_suite(one.student, lab))
    _count(suites)
    suites.set("time", f"{sum(one.seconds for one in marks):.2f}")
    ET.indent(suites, " ")
    data = ET.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n"
    return Done([write(out, data)])


def _suite(student: str, lab: LabMarks) -> ET.Element:
    name = in_xml(f"{student} / {lab.name}")
    suite = ET.Element("testsuite", name=name)
    points = [("student", in_xml(student)), ("lab", in_xml(lab.name))]
    if lab.refused:  # its points are not known
        points += [("refused", in_xml(lab.refused)), ("max_score", plain(lab.most))]
    else:
        points += [("score", plain(lab.score)), ("max_score", plain(lab.most))]
        points += [
            (f"points:{in_xml(check.id)}", plain(exact(check.points))) for check in lab.checks
        ]
    properties = ET.SubElement(suite, "properties")
    for key, value in points:
        ET.SubElement(properties, "property", name=key, value=value)
    for check in lab.tests:
        case = ET.SubElement(suite, "testcase", name=in_xml(check.id), classname=name)
        if element := ELEMENTS.get(check.status):
            text = in_xml(student_text(check))
            first = text.partition("\n")[0] or check.status
            ET.SubElement(case, element, message=first, type=check.status).text = text
    _count(suite)
    suite.set("time", f"{lab.result.duration_s:.2f}")
    return suite


def _count(element: ET.Element) -> None:
    """How many tests there are below, and how many of them are of each kind."""
    for attribute, below in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(attribute, str(sum(1 for _ in element.iter(below))))


def in_xml(text: str) -> str:
    """The text with "�" for what XML cannot hold at all: control characters, half signs."""
    return _NOT_IN_XML.sub("�", text)
