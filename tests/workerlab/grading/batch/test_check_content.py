"""What counts as a change of a check, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.grading.api import checks_of
from workerlab.grading.batch.check_content import contents
from workerlab.grading.manifest import all_labs, find

LAB = "lab50_small"
CHECKS = '''
"""Checks."""

import pytest

from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import caller
from workerlab.grading import check

LIMIT = 3  # of something
OTHER = 4


def helper(n):
    return deeper(n)


def deeper(n):
    return n < LIMIT


@pytest.fixture
def given():
    """Used by one check."""
    return helper(2)


@check("one", title="One", points=1, hints=("a", "b", "c"))
def test_one(given):
    assert given


@check("two", title="Two", points=2, hints=("a", "b", "c"))
def test_two():
    assert OTHER == 4


@check("three", title="Three", points=2, hints=("a", "b", "c"))
def test_three(server, tried):
    counter.starts(server, tried)
'''


@pytest.fixture
def tests(repository: Path) -> Path:
    file = repository / "tests" / "labs" / f"test_{LAB}.py"
    file.write_text(CHECKS)
    return file


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("", "", set()),
        ('title="One"', 'title="The first"', set()),
        ("points=1,", "points=5, quick=True,", set()),
        ('hints=("a", "b", "c"))\ndef test_one', 'hints=("x", "y", "z"))\ndef test_one', set()),
        ("  # of something", "  # of another thing\n", set()),
        ("    assert OTHER == 4", "    assert (\n        OTHER == 4\n    )", set()),
        ("    assert OTHER == 4", "    assert OTHER == 5", {"two"}),
        ("OTHER = 4", "OTHER = 5", {"two"}),
        ("LIMIT = 3", "LIMIT = 2", {"one"}),
        ("return n < LIMIT", "return n <= LIMIT", {"one"}),
        ("return helper(2)", "return helper(1)", {"one"}),
        ("counter.starts", "counter.other", {"three"}),
        ("OTHER = 4", "OTHER = 4\npytest.skip('no')", {"one", "two", "three"}),
        ("@pytest.fixture\n", "@pytest.fixture(autouse=True)\n", {"one", "two", "three"}),
        ('@check("two"', '@pytest.mark.timeout(1)\n@check("two"', {"two"}),
        (
            "LIMIT = 3",
            'LIMIT = 3\npytestmark = pytest.mark.usefixtures("x")',
            {"one", "two", "three"},
        ),
    ],
)
def test_what_is_a_change(tests: Path, old: str, new: str, changed: set[str]) -> None:
    before = contents(find(LAB))
    assert set(before) == {"one", "two", "three"} and len(set(before.values())) == 3
    text = tests.read_text()
    assert old in text
    tests.write_text(text.replace(old, new))
    after = contents(find(LAB))
    assert {id_ for id_ in before if before[id_] != after[id_]} == changed


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("given.py", "given = 2\n", True),
        ("more.txt", "new", True),
        ("app.py", "app = 'another starter'\n", False),
        ("README.md", "# Other words\n", False),
        (
            "lab.toml",
            'name = "lab50_small"\ntitle = "Other"\nedits = ["app.py"]\npoints = 3\n',
            False,
        ),
        (
            "lab.toml",
            'name = "lab50_small"\ntitle = "Small"\nedits = ["app.py"]\nworkers = 2\n',
            True,
        ),
    ],
)
def test_the_lab_s_own_files(tests: Path, name: str, text: str, changed: bool) -> None:
    before = contents(find(LAB))
    (tests.parents[2] / "labs" / LAB / name).write_text(text)
    assert (contents(find(LAB)) != before) == changed


def test_every_check_of_the_course_has_its_own() -> None:
    for lab in all_labs():
        found = contents(lab)
        assert list(found) == [info.id for info in checks_of(lab)]
        assert len(set(found.values())) == len(found)
