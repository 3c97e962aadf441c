"""INSTRUCTORS.md is walked, command by command, with a small class and real gradings of lab 08."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
LAB = "lab08_redis"

# Typed in a shell (a line of a block) or named in a sentence or a table.
TYPED = re.findall(r"^\.venv/bin/(workerlab .+)$", GUIDE, re.MULTILINE)
NAMED = re.findall(r"`(workerlab [a-z][^`]*)`", GUIDE)
MAP = re.search(r"```\n(package,file,as,student\n.*?)```", GUIDE, re.DOTALL)
CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 08 (7)\n    Points Possible,,,,,10.00\n"
MOODLE = "Identifier,Full name,Email address,Status,Grade,Maximum Grade\n"

pytestmark = pytest.mark.skipif(not shutil.which("bwrap"), reason="a class is graded in sandboxes")


class Afternoon:
    """A folder with the lab and what was handed in, and the commands that were walked there."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.walked: set[str] = set()

    def walk(self, command: str, *more: str, status: int = 0) -> str:
        """Run a command of the guide, with `more` behind it; what it says."""
        assert command in {*TYPED, *NAMED}, f"the guide does not say: {command}"
        self.walked.add(command)
        return self.run(*shlex.split(command)[1:], *more, status=status)

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "workerlab", *words],
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=250,
        )
        said = done.stdout + done.stderr
        assert done.returncode == status, f"{' '.join(words)}\n{said}"
        return said

    def rows(self) -> dict[str, dict[str, str]]:
        with (self.place / "marks/grades.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory) -> Iterator[Afternoon]:
    place = tmp_path_factory.mktemp("course")
    for folder in (f"labs/{LAB}", f"solutions/{LAB}"):
        shutil.copytree(ROOT / folder, place / folder)
    (place / "tests/labs").mkdir(parents=True)
    shutil.copy(ROOT / f"tests/labs/test_{LAB}.py", place / "tests/labs")
    right, wrong = place / f"solutions/{LAB}/app.py", place / f"labs/{LAB}/app.py"
    handed_in = place / "handed-in"
    for where, app in {
        f"ada/{LAB}/app.py": right,
        "bob/app.py": wrong,
        "cy.py": right,
        "Student A_1234504/work/server.py": right,
        "Student A_1234504/other/service.py": wrong,  # so it can be meant in two ways
    }.items():
        (handed_in / where).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(app, handed_in / where)
    for name in ("eve.zip", "IMG_0012.zip"):
        with zipfile.ZipFile(handed_in / name, "w") as archive:
            archive.write(right, "app.py")
    (handed_in / "roster.xlsx").write_bytes(b"PK\x03\x04 a table")
    return Afternoon(place)


@pytest.mark.further
@pytest.mark.timeout(900)
def test_an_afternoon(afternoon: Afternoon) -> None:
    """In the order of the guide, since each part uses what the one before has left."""
    for part in (grading, a_map, a_regrade, by_hand, one_submission, gradebooks, handing_out):
        part(afternoon)
    left_out = {*TYPED, *NAMED} - afternoon.walked - NOT_WALKED.keys()
    assert not left_out, f"the guide names what is not walked here: {left_out}"


NOT_WALKED = {  # commands of the guide, and why
    "workerlab grade": "words in a sentence",
    "workerlab check": "the same",
    "workerlab doctor": "tests/workerlab/doctor",
    'workerlab regrade marks --check CHECK --jobs 1 --because "a quieter machine"': "see a_regrade",
}


def grading(afternoon: Afternoon) -> None:
    afternoon.walk("workerlab grade handed-in --out marks --lab lab08")
    rows = afternoon.rows()
    assert [rows[name][LAB] for name in ("ada", "cy", "eve")] == ["10", "10", "10"]
    assert float(rows["bob"][LAB]) <= 3
    refused = next(row for name, row in rows.items() if name.startswith("Student A"))
    assert refused[LAB] == "" and "server.py" in str(refused)
    for place in re.findall(
        r"^\| `(\S+?)` \|", GUIDE.partition("## What was handed in")[0], re.MULTILINE
    ):
        found = list((afternoon.place / "marks").glob(place.replace("NAME", "ada*")))
        assert found, f"marks/{place}"


def a_map(afternoon: Afternoon) -> None:
    assert MAP
    (afternoon.place / "map.csv").write_text(MAP[1], encoding="utf-8")
    afternoon.walk("workerlab grade handed-in --out marks --map map.csv")
    rows = afternoon.rows()
    assert rows["Ada Lovelace"][LAB] == "10"
    assert [row[LAB] for name, row in rows.items() if name.startswith("Student A")] == ["10"]
    assert not any("roster" in name for name in rows)


def a_regrade(afternoon: Afternoon) -> None:
    checks = afternoon.place / f"tests/labs/test_{LAB}.py"
    text = checks.read_text(encoding="utf-8")
    changed = re.sub(r"(def test_no_lost_update\([^)]*\)[^:]*:\n)", r"\1    assert True\n", text)
    assert changed != text
    before = files(afternoon)
    checks.write_text(changed, encoding="utf-8")
    because = 'workerlab regrade marks --because "lost updates were counted twice"'
    afternoon.walk(because, status=1)  # nobody has said yes
    assert files(afternoon) == before
    afternoon.walk(because, "--yes")
    assert files(afternoon) == before, "nobody gains or loses, so every page stays as it was"


def files(afternoon: Afternoon) -> dict[str, bytes]:
    pages = sorted((afternoon.place / "marks/students").iterdir())
    return {page.name: page.read_bytes() for page in pages}


def by_hand(afternoon: Afternoon) -> None:
    for command in (one for one in TYPED if one.startswith("workerlab mark ")):
        afternoon.walk(command)
    rows = afternoon.rows()
    assert rows["ada"][LAB] == "8", "the later mark counts"
    assert rows["cy"][LAB] == "10"
    assert rows["cy"]["note"] == "also dan's, by hand: they worked together"
    assert "excused" in str(rows["bob"]) and "ill" in str(rows["bob"])


def one_submission(afternoon: Afternoon) -> None:
    check = f"workerlab check {LAB} --submission PATH --json result.json --html page.html"
    place = afternoon.place / "marks/submissions/bob"
    path = next(place.rglob("app.py")).parent
    afternoon.walked.add(check)
    assert check in TYPED
    words = [word.replace("PATH", str(path)) for word in shlex.split(check)[1:]]
    assert "no_lost_update" in afternoon.run(*words, status=1)
    assert (afternoon.place / "page.html").stat().st_size > 10_000
    said = afternoon.walk("workerlab replay result.json no_lost_update", "--trusted", status=1)
    assert "lost" in said.lower()


def gradebooks(afternoon: Afternoon) -> None:
    names = [*afternoon.rows(), "dan"]  # who has cy's mark
    canvas, moodle = afternoon.place / "canvas.csv", afternoon.place / "moodle.csv"
    students = "".join(f'"{name}",{at},,,One,\n' for at, name in enumerate(names, 1))
    canvas.write_text(CANVAS + students, encoding="utf-8")
    students = "".join(
        f'Participant {at},"{name}",{at}@example.edu,,,10.00\n' for at, name in enumerate(names, 1)
    )
    moodle.write_text(MOODLE + students, encoding="utf-8")
    rosters = {"canvas": canvas, "moodle": moodle}
    exports = [one for one in NAMED if one.startswith("workerlab export marks --to ")]
    assert len(exports) == 5
    for command in exports:
        roster = rosters.get(command.split()[4])
        afternoon.walked.add(command)
        words = [str(roster) if word == "FILE.csv" else word for word in shlex.split(command)[1:]]
        afternoon.run(*words)
    for other in ("junit", "csv"):
        assert f"--to {other}`" in GUIDE
        afternoon.run("export", "marks", "--to", other)
    written = afternoon.place / "marks/gradebooks"
    assert {"canvas.csv", "moodle.csv"} <= {path.name for path in written.iterdir()}
    (ada,) = (line for line in (written / "canvas.csv").read_text().splitlines() if '"ada"' in line)
    assert ada.endswith((",8.00", ",8"))
    afternoon.walk("workerlab export --to gradescope --autograder lab08.zip --lab lab08")
    assert zipfile.is_zipfile(afternoon.place / "lab08.zip")


def handing_out(afternoon: Afternoon) -> None:
    afternoon.walk("workerlab new-lab lab20_votes")
    assert (afternoon.place / "labs/lab20_votes/README.md").exists()
    whole = "workerlab release --out for-students"
    assert whole in NAMED  # it wants the whole repository, and not this small one
    afternoon.walked.add(whole)
    out = afternoon.place / "for-students"
    done = subprocess.run(
        [sys.executable, "-m", "workerlab", "release", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert (out / f"labs/{LAB}/app.py").exists() and not (out / "solutions").exists()


def test_the_guide_has_commands_and_a_map() -> None:
    assert len(TYPED) >= 9 and len(NAMED) >= 10 and MAP
