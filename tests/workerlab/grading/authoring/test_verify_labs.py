"""`workerlab verify-labs` on a lab whose mutants and answers are known."""

from __future__ import annotations

import json

import pytest
from homes import LAB, LOCKED, RACY, Home

ANSWERS = {
    "racy": ('dies_by = "no_lost_update"', RACY),
    "survivor": ('dies_by = "no_lost_update"', LOCKED),
    "does_not_start": ('dies_by = "starts"', "def app(:\n"),
    "right": ('right = "one at a time"', LOCKED),
}


@pytest.mark.nightly
def test_what_holds_and_what_does_not_is_listed_by_name(home: Home) -> None:
    folder = home.folder / "tests" / "mutants" / LAB
    four = home.checks.read_text().replace("points=2", "points=3")  # for a starter 1 of 4
    home.checks.write_text(four)
    manifest = home.app.with_name("lab.toml")
    manifest.write_text(manifest.read_text().replace("points = 3", "points = 4"))
    listed = ""
    for name, (entry, source) in ANSWERS.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "app.py").write_text(source)
        listed += f"[{name}]\n{entry}\n"
    (folder / "mutants.toml").write_text(listed)
    done = home.run("verify-labs", "--json", "proof.json", "--results", "kept", timeout=250)
    assert done.returncode == 1, done.stdout + done.stderr
    proof = json.loads((home.folder / "proof.json").read_text())
    held = {(run["kind"], run["name"]): run["holds"] for run in proof["runs"]}
    assert held == {
        ("starter", LAB): True,
        ("solution", LAB): True,
        ("mutant", "racy"): True,
        ("mutant", "survivor"): False,
        ("mutant", "does_not_start"): True,
        ("right", "right"): True,
    }
    assert proof["holds"] is False
    assert any("there must be 10" in problem for problem in proof["problems"][LAB])
    assert "mutant survivor: dies by no_lost_update; found all 2 checks passed" in done.stdout
    assert "never run" in home.run("progress").stdout, "a proof does not count as progress"
    kept = json.loads((home.folder / "kept" / f"{LAB}.mutant.racy.json").read_text())
    assert kept["labs"][0]["checks"][-1]["status"] == "failed"
    again = json.loads(proved_again(home))["runs"]
    assert {run["name"] for run in again if not run["kept"]} == {"survivor"}, "it did not hold"


def proved_again(home: Home) -> str:
    home.run("verify-labs", "--json", "again.json", timeout=250)
    return (home.folder / "again.json").read_text()


def test_what_there_is_no_time_for_is_left_out_and_said(home: Home) -> None:
    done = home.run("verify-labs", "--within", "-1", "--json", "proof.json", timeout=60)
    proof = json.loads((home.folder / "proof.json").read_text())
    assert proof["runs"] == [] and proof["left_out"] == proof["planned"] == 2
    assert "left out, for want of time: 2 of 2 runs" in done.stdout
    assert "everything holds" not in done.stdout.replace("not everything holds", "")
