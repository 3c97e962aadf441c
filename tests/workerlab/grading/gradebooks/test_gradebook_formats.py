"""Each gradebook against the schema of its reader; all of them against one another."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from defusedxml import ElementTree
from gradebook_class import SECRET, SEED

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.folder import file_name
from workerlab.grading.batch.journal import Journal
from workerlab.grading.gradebooks.common import exact, plain
from workerlab.grading.gradebooks.exporting import PLACES, export
from workerlab.grading.result import FAILED, CheckResult

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
ROSTERS = {"canvas": RECORDED / "canvas.csv", "moodle": RECORDED / "moodle_worksheet.csv"}
ENV = {
    "CLASSROOM": "cs-principles",
    "ASSIGNMENT": "hello",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://example.org/commit/a1b2c3d",
    "RELEASE_URL": "https://example.org/releases/tag/submit",
    "OWNER": "alice",
}
GRADEBOOKS = [place for place in PLACES if place != "feedback"]  # which has tests of its own
TOTALS = {  # in hundredths, by hand: of 10 + 20 and 100 + 225
    "Ada Lovelace_1234567_assignsubmission_file": 355,
    "hopperalan_55_9001_lab.py": 130,
    "=2+5": 335,
    "zoe\u0308@example.edu": 130,
    "bell\x07 <&>\n\u202eright": 235,
}  # and one is refused: nothing says that this is 0


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ENV, "USERNAME", "ASSIGNMENT_TYPE", "REVIEW_URL"):
        monkeypatch.delenv(name, raising=False)


def exported(graded: Path, to: str, out: Path):
    column = "Labs" if to == "canvas" else None
    return export(graded, to, roster=ROSTERS.get(to), column=column, out=out)


def schema(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((HERE / f"schemas/{name}.json").read_text()))


def test_gradescope_takes_the_results(graded: Path, tmp_path: Path) -> None:
    done = exported(graded, "gradescope", tmp_path / "out")
    assert len(done.paths) == len(TOTALS)
    assert "left out: refused: the zip holds a path that leaves it" in done.notes
    for student, total in TOTALS.items():
        results = json.loads((tmp_path / "out" / file_name(student) / "results.json").read_text())
        schema("gradescope").validate(results)
        assert exact(results["score"]) * 100 == total
        assert sum(exact(test["score"]) for test in results["tests"]) * 100 == total
        assert len({test["number"] for test in results["tests"]}) == 4


def test_gradescope_colours_only_verdicts(graded: Path, tmp_path: Path) -> None:
    exported(graded, "gradescope", tmp_path)
    name = file_name("zoe\u0308@example.edu")
    *passed, unclear = json.loads((tmp_path / name / "results.json").read_text())["tests"]
    assert [test["status"] for test in passed] == ["passed"] * 3
    assert "status" not in unclear and unclear["output"].startswith("Inconclusive")


def test_classroom50_takes_the_results_in_hundredths(graded: Path, tmp_path: Path) -> None:
    done = exported(graded, "classroom50", tmp_path)
    assert "all are in hundredths of a point" in " ".join(done.notes)
    assert len(done.paths) == len(TOTALS)
    for student, total in TOTALS.items():
        result = json.loads((tmp_path / file_name(student) / "result.json").read_text())
        schema("classroom50").validate(result)
        assert (result["score"], result["max-score"], result["owner"]) == (total, 355, student)
        assert sum(test["score"] for test in result["tests"]) == total


def test_classroom50_has_whole_points_as_they_are(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "one"
    with Journal(folder) as journal:
        plan = {"lab08_redis": [Planned("starts", "It starts", 3.0)]}
        journal.begin(plan, seed=SEED, isolation="")
        journal.submission("bob", "/in/bob", "0123")
        journal.check("bob", "lab08_redis", CheckResult("starts", "", FAILED, 0.0, 3.0))
        journal.done("bob", "lab08_redis", 1.0)
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    done = export(folder, "classroom50", out=tmp_path / "result.json")
    assert done.paths == [tmp_path / "result.json"]
    result = json.loads(done.paths[0].read_text())
    schema("classroom50").validate(result)
    assert (result["score"], result["max-score"]) == (0, 3)
    assert (result["owner"], result["classroom"]) == ("alice", "cs-principles")
    assert result["datetime"] == "2026-06-01T14:32:05Z"
    assert result["review"] == ENV["COMMIT_URL"]


def test_junit_has_a_suite_for_each_student_and_lab(graded: Path, tmp_path: Path) -> None:
    path = exported(graded, "junit", tmp_path / "junit.xml").paths[0]
    root = ElementTree.fromstring(path.read_bytes())
    assert (root.tag, root.get("tests")) == ("testsuites", "24")
    totals = {}
    for suite in root:
        assert suite.tag == "testsuite" and float(suite.get("time")) >= 0
        assert [part.tag for part in suite] == ["properties", "testcase", "testcase"]
        cases = suite.findall("testcase")
        for case in cases:
            assert case.get("name") and case.get("classname") == suite.get("name")
            assert [end.tag for end in case] in ([], ["failure"], ["error"], ["skipped"])
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped",) * 2):
            assert int(suite.get(attribute)) == sum(case.find(tag) is not None for case in cases)
        told = {one.get("name"): one.get("value") for one in suite.find("properties")}
        points = [value for name, value in told.items() if name.startswith("points:")]
        if told["student"] == "refused":
            assert not points and "score" not in told and "leaves it" in told["refused"]
            continue
        assert sum(map(Decimal, points)) == Decimal(told["score"])
        totals[told["student"]] = totals.get(told["student"], 0) + Decimal(told["score"]) * 100
    assert totals == {name.replace("\x07", "�"): total for name, total in TOTALS.items()}


def test_csv_has_a_row_for_each_student_and_check(graded: Path, tmp_path: Path) -> None:
    path = exported(graded, "csv", tmp_path / "checks.csv").paths[0]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    totals: dict[str, Decimal] = {}
    for row in rows:
        name = row["student"].removeprefix("'")
        if name == "refused":
            assert (row["points"], row["status"]) == ("", "refused")
            continue
        totals[name] = totals.get(name, Decimal(0)) + Decimal(row["points"]) * 100
    assert totals == TOTALS and len(rows) == 24


def test_no_text_of_a_student_is_a_formula_in_the_csv(graded: Path, tmp_path: Path) -> None:
    exported(graded, "csv", tmp_path / "checks.csv")
    with (tmp_path / "checks.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=2+5" in cells and any(cell.startswith("'=an failed") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_every_gradebook_has_the_same_totals(graded: Path, tmp_path: Path) -> None:
    """The round trips here, the others above: all against the totals that were added by hand."""
    wanted = {name: plain(Decimal(total) / 100) for name, total in TOTALS.items()}
    canvas = exported(graded, "canvas", tmp_path / "canvas.csv").paths[0]
    with canvas.open(encoding="utf-8-sig", newline="") as file:
        told = [row[7] for row in csv.reader(file)]
    excused = "EX"  # zoë's cell stays
    assert told[3:] == ["1.3", "3.55", "3.35", excused, "2.35", "", "N/A", ""]
    moodle = exported(graded, "moodle", tmp_path / "moodle.csv").paths[0]
    with moodle.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Grade"] for row in rows[:5]] == list(wanted.values())
    assert [row["Grade"] for row in rows[5:7]] == ["", ""]


@pytest.mark.parametrize("to", GRADEBOOKS)
def test_the_same_journal_gives_the_same_bytes(graded: Path, tmp_path: Path, to: str) -> None:
    first, second = (exported(graded, to, tmp_path / name) for name in ("1", "2"))
    assert [path.read_bytes() for path in first.paths] == [
        path.read_bytes() for path in second.paths
    ]
    assert first.notes == second.notes


@pytest.mark.parametrize("to", GRADEBOOKS)
def test_no_gradebook_has_the_seed_or_instructor_messages(
    graded: Path, tmp_path: Path, to: str
) -> None:
    journal = (graded / "journal.jsonl").read_text()
    assert SECRET in journal and str(SEED) in journal
    written = b"".join(path.read_bytes() for path in exported(graded, to, tmp_path / "out").paths)
    assert written and SECRET.encode() not in written and str(SEED).encode() not in written


@pytest.mark.parametrize("to", [place for place in GRADEBOOKS if place not in ROSTERS])
def test_the_students_own_message_is_there(graded: Path, tmp_path: Path, to: str) -> None:
    written = b"".join(path.read_bytes() for path in exported(graded, to, tmp_path / "out").paths)
    assert b"in two lines" in written


def test_the_losing_schedule_is_what_the_student_reads(graded: Path, tmp_path: Path) -> None:
    exported(graded, "gradescope", tmp_path)
    name = file_name("hopperalan_55_9001_lab.py")
    output = json.loads((tmp_path / name / "results.json").read_text())["tests"][3]["output"]
    assert "n = get()" in output and "worker" in output


def test_without_out_all_lies_below_the_class(graded: Path) -> None:
    done = export(graded, "csv")
    assert done.paths == [graded / "gradebooks" / "checks.csv"]


def test_the_unclear_are_listed_with_their_checks(graded: Path) -> None:
    notes = "\n".join(export(graded, "csv").notes)
    assert "2 students with checks inconclusive or not gradable" in notes
    assert "zoe\u0308@example.edu: lab08_redis no_lost_update" in notes


def test_a_class_that_is_under_way_says_so(graded: Path) -> None:
    with Journal(graded) as journal:
        journal.submission("late", "/in/late", "")
    assert "not graded to its end" in export(graded, "csv").notes[0]


def test_only_the_labs_that_are_named_count(graded: Path, tmp_path: Path) -> None:
    export(graded, "csv", labs=["lab07"], out=tmp_path / "checks.csv")
    with (tmp_path / "checks.csv").open(newline="") as file:
        assert {row["lab"] for row in csv.DictReader(file)} == {"lab07_sqlite"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"to": "excel"}, "no gradebook 'excel'"),
        ({"to": "csv", "roster": Path("x")}, "a roster is for canvas and moodle"),
        ({"to": "canvas"}, "takes back only its own file"),
        ({"to": "csv", "labs": ["lab01"]}, "was not graded in 'lab01'"),
        ({"to": "moodle", "roster": Path("nowhere.csv")}, "cannot read the roster"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_fix(graded: Path, options, told: str) -> None:
    with pytest.raises(BadUsage, match=told) as error:
        export(graded, **options)
    assert error.value.advice


def test_a_folder_without_a_class_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="no graded class"):
        export(tmp_path, "csv")
