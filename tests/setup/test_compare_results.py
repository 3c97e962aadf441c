"""The stored comparison with other tools is whole, and the guide says what it says."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
PAGE = ROOT / "site" / "pages" / "ten-minutes.md"
TOOLS = ["asked", "unasked", "frontrun", "schemathesis", "load"]
RESULTS = {"found", "not found", "cannot be asked", "inconclusive", "no end"}


@pytest.fixture(scope="module")
def results() -> dict:
    return json.loads((BENCHMARKS / "compare.json").read_text(encoding="utf-8"))


@pytest.fixture
def beside(in_benchmarks):
    return in_benchmarks("beside")


def test_every_tool_was_asked_about_all_ten(results, beside):
    cases = beside("cases").CASES
    assert list(results["cases"]) == list(cases)
    assert len(cases) == len({case.kind for case in cases.values()}) == 5
    for name, case in results["cases"].items():
        assert case["kind"] == cases[name].kind
        for twin in ("wrong", "right"):
            assert list(case[twin]) == TOOLS
            for row in case[twin].values():
                assert row["result"] in RESULTS, (name, twin, row)


def test_what_is_called_found_has_words_that_a_reader_can_judge(results):
    for case in results["cases"].values():
        for twin in ("wrong", "right"):
            assert all(row["said"] for row in case[twin].values() if row["result"] == "found")
            assert isinstance(case[twin]["schemathesis"]["other_reports"], list)


def test_schemathesis_reported_nothing_of_a_wrong_service_alone(results):
    for name, case in results["cases"].items():
        wrong, right = (case[twin]["schemathesis"] for twin in ("wrong", "right"))
        assert wrong["result"] == "not found"
        assert set(wrong["other_reports"]) <= set(right["other_reports"]), name


def test_a_load_test_says_how_many_tries_showed_it(results):
    rows = [case[twin]["load"] for case in results["cases"].values() for twin in ("wrong", "right")]
    assert all((row["result"] == "found") == (row["showed"] > 0) for row in rows)
    assert all(row["showed"] <= results["tries"] for row in rows)


def test_what_cannot_be_asked_of_frontrun_says_why(results, beside):
    for name, case in beside("cases").CASES.items():
        question = BENCHMARKS / "beside" / "questions" / f"{name}.py"
        assert question.exists() != bool(case.one_process)
        row = results["cases"][name]["wrong"]["frontrun"]
        assert (row["result"] == "cannot be asked") == bool(case.one_process), row


def test_the_guide_has_the_table_and_every_figure(results, beside):
    assert beside("sidetable").quoted(results) in PAGE.read_text(encoding="utf-8")


def test_a_report_of_schemathesis_is_read_whole(beside):
    out = "1. Test Case ID: a\n\n- ST1 Wrong\n\n    Got: 500\n\nReproduce with:\n\n    curl -X GET"
    assert beside("tools").messages(out) == ["ST1 Wrong Got: 500"]


def test_a_tool_that_is_not_there_is_shown_as_such(beside):
    sidetable = beside("sidetable")
    row = {"result": "not installed", "seconds": 0.0, "said": ""}
    assert sidetable.cell("frontrun", row, "wrong", 3) == "not installed"
    blamed = {"result": "found", "showed": 1}
    assert sidetable.cell("load", blamed, "right", 3) == "false alarm, 1 of 3"
    assert sidetable.cell("load", blamed, "wrong", 3) == "found, 1 of 3"


def test_the_load_of_every_case_is_of_one_size(beside):
    cases = beside("cases")
    for case in cases.CASES.values():
        assert len(case.load(lambda request: (200, {}))) == cases.REQUESTS
