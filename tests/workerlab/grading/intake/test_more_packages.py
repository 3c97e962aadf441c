"""Forty more packages, as students hand them in: what is taken of each, or what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from classes import APP, OTHER, Tree, notebook, row, taken_in, tarred, written, zipped

LAB08 = "ada.zip/x/lab08/app.py"
BOMB = zipped({"app.py": bytes(21_000_000)})
RUN = 'if __name__ == "__main__":\n    import uvicorn\n\n    uvicorn.run("main:app")\n'
TAKEN: dict[str, tuple[Tree, str]] = {
    "plain folder": ({"ada": {"app.py": APP}}, "ada/app.py"),
    "lab's folder": ({"ada": {"lab08_redis": {"app.py": APP}}}, "ada/lab08_redis/app.py"),
    "plain file": ({"ada.py": APP}, "ada.py"),
    "file downloaded as text": ({"ada.py.txt": APP}, "ada.py.txt"),
    "notebook alone": (
        {"ada.ipynb": notebook(APP)},
        "ada.ipynb; took the code of ada.ipynb as app.py",
    ),
    "tar.gz": (
        {"ada.tar.gz": tarred({"lab08_redis/app.py": APP})},
        "ada.tar.gz/lab08_redis/app.py",
    ),
    "tar.xz": ({"ada.tar.xz": tarred({"./app.py": APP}, "w:xz")}, "ada.tar.xz/app.py"),
    "zip in a zip in a zip": (
        {"ada.zip": zipped({"a.zip": zipped({"b.zip": zipped({"app.py": APP})})})},
        "ada.zip/a.zip/b.zip/app.py",
    ),
    "zip of a zip and its folder": (
        {"ada.zip": zipped({"x/lab08.zip": zipped({"lab08/app.py": APP}), "x/lab08/app.py": APP})},
        f"{LAB08}; took {LAB08} as app.py; ada.zip/x/lab08.zip/lab08/app.py is the same",
    ),
    "windows zip with folders": (
        {"ada.zip": zipped({"homework\\": "", "homework\\app.py": APP})},
        "ada.zip/homework/app.py",
    ),
    "mac zip": (
        {
            "ada.zip": zipped(
                {"lab08/app.py": APP, "__MACOSX/lab08/._app.py": "x", ".DS_Store": "x"}
            )
        },
        "ada.zip/lab08/app.py; took ada.zip/lab08/app.py as app.py",
    ),
    "zip called in capitals": (
        {"ada.ZIP": zipped({"APP.PY": APP})},
        "ada.ZIP/APP.PY; took ada.ZIP/APP.PY as app.py",
    ),
    "repository": (
        {
            "ada": {
                "course-main": {
                    "labs": {"lab08_redis": {"app.py": APP}, "lab07_sqlite": {"app.py": OTHER}}
                }
            }
        },
        "ada/course-main/labs/lab08_redis/app.py",
    ),
    "virtual environment": (
        {"ada": {"app.py": APP, "env": {"pyvenv.cfg": "", **{f"m{n}.py": "" for n in range(600)}}}},
        "ada/app.py",
    ),
    "virtual environment in a zip": (
        {
            "ada.zip": zipped(
                {"w/app.py": APP, "w/e/pyvenv.cfg": "", **{f"w/e/{n}": "" for n in range(600)}}
            )
        },
        "ada.zip/w/app.py",
    ),
    "lab by number": (
        {"ada": {"Lab 8": {"app.py": APP}, "Lab 7": {"app.py": OTHER}}},
        "ada/Lab 8/app.py; took ada/Lab 8/app.py as app.py",
    ),
    "downloaded twice": (
        {"ada": {"app (1).py": APP}},
        "ada/app (1).py; took ada/app (1).py as app.py",
    ),
    "numbered by canvas": (
        {"lovelaceada_12345_67890_app-2.py": APP},
        "app-2.py; took app-2.py as app.py",
    ),
    "late in canvas": ({"lovelaceada_LATE_12345_67890_app.py": APP}, "app.py"),
    "copy in Finder": (
        {"ada": {"app copy.py": APP}},
        "ada/app copy.py; took ada/app copy.py as app.py",
    ),
    "copied in German": (
        {"ada": {"app - Kopie.py": APP}},
        "ada/app - Kopie.py; took ada/app - Kopie.py as app.py",
    ),
    "main.py that runs itself": (
        {"ada": {"main.py": APP + RUN}},
        "ada/main.py; took ada/main.py as app.py",
    ),
    "main.py with helpers": (
        {
            "ada": {
                "main.py": "from store import app as made\napp = made\n",
                "store.py": "made = 1\n",
                "test_it.py": APP,
            }
        },
        "ada/main.py; took ada/main.py as app.py",
    ),
    "deep src": (
        {"ada": {"README.md": "x", "project": {"src": {"app.py": APP}}}},
        "ada/project/src/app.py; took ada/project/src/app.py as app.py",
    ),
    "the same twice": (
        {"ada": {"app.py": APP, "backup": {"app.py": APP}}},
        "ada/app.py; ada/backup/app.py is the same",
    ),
    "an older one below": (
        {"ada": {"app.py": APP, "old": {"app.py": OTHER}}},
        "ada/app.py; ada/old/app.py is different, and was not taken",
    ),
    "a copy beside it": (
        {"ada": {"app.py": APP, "app (1).py": OTHER}},
        "ada/app.py; ada/app (1).py is different, and was not taken",
    ),
    "an empty one where it belongs": (
        {"ada": {"app.py": "", "src": {"app.py": APP}}},
        "ada/src/app.py; took ada/src/app.py as app.py; ada/app.py is empty",
    ),
    "two examples somewhere": (
        {"ada": {"app.py": APP, "examples": {"one.py": OTHER, "two.py": APP + "x = 1"}}},
        "ada/app.py",
    ),
    "a scratch notebook beside it": (
        {"ada": {"app.py": APP, "try.ipynb": notebook(OTHER)}},
        "ada/app.py",
    ),
    "a broken zip beside it": ({"ada": {"app.py": APP, "old.zip": b"PK no"}}, "ada/app.py"),
    "notebook that writes the file": (
        {"ada": {"lab.ipynb": notebook("%%writefile app.py\n" + APP, "!uvicorn app:app")}},
        "ada/lab.ipynb; took the code of ada/lab.ipynb as app.py",
    ),
    "notebook with magic": (
        {"ada": {"lab.ipynb": notebook("%pip install redis\n" + APP, "!ls", "%%bash\nls")}},
        "ada/lab.ipynb; took the code of ada/lab.ipynb as app.py",
    ),
    "moodle, files without folders": (
        {"Ada Lovelace_1234567_assignsubmission_file_app.py": APP},
        "app.py",
    ),
    "moodle, file and text": (
        {
            "Ada_1_assignsubmission_file": {"app.py": APP},
            "Ada_1_assignsubmission_onlinetext": {"onlinetext.html": "hi"},
        },
        "app.py",
    ),
    "blackboard, second attempt": (
        {
            "Lab 08_ada_attempt_2026-11-01-12-30-00_app.py": OTHER,
            "Lab 08_ada_attempt_2026-11-02-09-00-00_app.py": APP,
            "Lab 08_ada_attempt_2026-11-02-09-00-00.txt": "Name: Ada Lovelace (ada)",
        },
        "app.py; handed in 2 times: the last, of 2026-11-02T09:00:00, counts",
    ),
    "brightspace": (
        {"12345-67890 - Ada Lovelace - Nov 1, 2026 1230 PM": {"app.py": APP}},
        "app.py",
    ),
    "unpacked and left": (
        {"ada.zip": zipped({"app.py": APP}), "ada": {"app.py": APP}},
        "ada/app.py; ada and ada.zip are the same",
    ),
}
REFUSED: dict[str, tuple[Tree, str]] = {
    "nothing": ({"ada": {}}, "nothing was handed in"),
    "another lab": ({"ada": {"lab07_sqlite": {"app.py": APP}}}, "found ada/lab07_sqlite/app.py"),
    "a report": ({"ada.pdf": b"%PDF"}, "found ada.pdf"),
    "rar": (
        {"ada": {"lab08.rar": b"Rar!"}},
        "ada/lab08.rar was not opened: a .rar is not opened here",
    ),
    "7z": ({"ada.7z": b"7z"}, "a .7z is not opened here; ask for a .zip"),
    "broken zip in a folder": ({"ada": {"lab08.zip": b"PK no"}}, "it is no .zip that can be read"),
    "zip with a way out, in a folder": (
        {"ada": {"lab08.zip": zipped({"../app.py": APP})}},
        "leads out",
    ),
    "zips without end": (
        {
            "ada.zip": zipped(
                {
                    "a.zip": zipped(
                        {"b.zip": zipped({"c.zip": zipped({"d.zip": zipped({"app.py": APP})})})}
                    )
                }
            )
        },
        "in too many other archives",
    ),
    "too many archives": (
        {"ada": {"a.txt": "x", **{f"{n}.zip": zipped({"x.txt": ""}) for n in range(25)}}},
        "ada/9.zip was not opened: there are too many archives",
    ),
    "a bomb in a folder": (
        {"ada": {"lab08.zip": zipped({"app.py": bytes(21_000_000)})}},
        "too large",
    ),
    "empty file": ({"ada": {"app.py": " \n"}}, "ada/app.py is empty"),
    "zip called app.py": (
        {"ada": {"app.py": zipped({"app.py": APP})}},
        "an archive under another name",
    ),
    "UTF-16": ({"ada": {"app.py": APP.encode("utf-16")}}, "ada/app.py is no text in UTF-8"),
    "main.py without an app": (
        {"ada": {"main.py": "def create_app():\n    pass\n"}},
        "ada/main.py has no app",
    ),
    "main.py that is no Python": ({"ada": {"main.py": "app = (\n"}}, "ada/main.py is no Python"),
    "two files with an app": (
        {"ada": {"main.py": APP, "server.py": OTHER}},
        "two different answers: ada/main.py and ada/server.py",
    ),
    "two copies": ({"ada": {"app (1).py": APP, "app (2).py": OTHER}}, "two different answers"),
    "two folders": (
        {"ada": {"v1": {"app.py": APP}, "v2": {"app.py": OTHER}, "README.md": "x"}},
        "two different answers",
    ),
    "two of the lab": (
        {"ada": {"lab08_redis": {"app.py": APP}, "lab08_redis (1)": {"app.py": OTHER}}},
        "two different answers",
    ),
    "twice, and different": (
        {"ada.zip": zipped({"app.py": APP}), "ada": {"app.py": OTHER}},
        "more than once: ada and ada.zip",
    ),
    "two answers, and an old one elsewhere": (
        {"ada": {"main.py": APP, "server.py": OTHER, "old": {"app.py": APP}}},
        "two different answers: ada/main.py and ada/server.py",
    ),
    "two copies, and an old one elsewhere": (
        {"ada": {"app (1).py": APP, "app (2).py": OTHER, "old": {"app.py": APP}}},
        "two different answers",
    ),
    "notebook that starts a server": (
        {"ada": {"a.ipynb": notebook(APP, "uvicorn.run(app)")}},
        "starts a server itself",
    ),
    "notebook without an app": ({"ada": {"a.ipynb": notebook("1 + 1")}}, "ada/a.ipynb has no app"),
    "no notebook": ({"ada": {"a.ipynb": "{}"}}, "is no notebook that can be read"),
    "package": (
        {"ada": {"app": {"main.py": "from .db import x\n" + APP, "db.py": "x = 1"}, "a.txt": ""}},
        "imports",
    ),
    "imports its own folder": (
        {
            "ada": {
                "a.txt": "x",
                "src": {"app.py": "from src.db import x\n" + APP, "db.py": "x = 1"},
            }
        },
        "own folder",
    ),
    "main.py that others import": (
        {"ada": {"main.py": APP, "more.py": "from main import app as a\n"}},
        "ada/more.py imports ada/main.py",
    ),
    "a file called ..": ({"Ada_1_assignsubmission_file_..": {"app.py": APP}}, ".. leads out"),
    "a name that acts": ({"ada_12345_678_app\u202e.py": APP}, "signs in it that cannot be seen"),
    "only a link": (
        {"ada_12345_678_link.html": "<a href='https://example.org'>"},
        "found link.html",
    ),
    "text typed in canvas": ({"ada_12345_text.html": "<pre>app = 1</pre>"}, "found text.html"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(tmp_path: Path, name: str) -> None:
    tree, said = TAKEN[name]
    (one,) = taken_in(written(tmp_path / "in", tree), "lab08").values()
    assert row(one) == said
    (app,) = [data for path, data in one.files.items() if str(path) == "lab08_redis/app.py"]
    assert b"app = " in app and (APP.encode() not in app) == (name == "main.py with helpers")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    tree, said = REFUSED[name]
    (one,) = taken_in(written(tmp_path / "in", tree), "lab08").values()
    assert said in one.refused and "\n" not in one.refused and not one.files and not one.digest


def test_every_package_in_one_class(tmp_path: Path) -> None:
    """Side by side, as a class is: nobody's row depends on a neighbour's."""
    alone, together = {}, {}
    for number, (tree, _) in enumerate([*TAKEN.values(), *REFUSED.values()]):
        if len(tree) == 1 and "_" not in next(iter(tree)) and " - " not in next(iter(tree)):
            ((name, content),) = tree.items()
            called = f"student{number}{name.removeprefix('ada')}"
            together[called] = content
            (one,) = taken_in(written(tmp_path / f"{number}", {called: content}), "lab08").values()
            alone[one.student] = row(one)
    found = taken_in(written(tmp_path / "in", together), "lab08")
    assert {name: row(one) for name, one in found.items()} == alone and len(alone) > 40


def test_times_and_names(tmp_path: Path) -> None:
    tree = {
        "12345-67890 - Ada Lovelace - Nov 1, 2026 930 AM": {"app.py": APP},
        "lovelaceada_LATE_12345_67890_app.py": APP,
        "Lab 08_bob_attempt_2026-11-02-09-00-00_app.py": APP,
    }
    found = taken_in(written(tmp_path / "in", tree), "lab08")
    assert {name: (one.handed_in.submitted, one.handed_in.late) for name, one in found.items()} == {
        "Ada Lovelace_67890": ("2026-11-01T09:30:00", False),
        "lovelaceada_12345": ("", True),
        "bob": ("2026-11-02T09:00:00", False),
    }


METADATA = """
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: s56
    :email: ada@example.edu
  - :name: Alan Hopper
    :email: alan@example.edu
  :created_at: 2026-11-01 12:30:05.498214000 Z
  :score: !ruby/object:BigDecimal 18:0.1e1
submission_12:
  :submitters: []
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-11-01 12:30:00 Z
    time: 2026-11-01 04:30:00 Z
"""


def test_gradescope_groups_and_times(tmp_path: Path) -> None:
    tree = {
        "assignment_7_export": {
            "submission_metadata.yml": METADATA,
            "submission_11": {"app.py": APP},
            "submission_12": {"app.py": APP},
        }
    }
    found = taken_in(written(tmp_path / "in", tree), "lab08")
    assert list(found) == ["submission_11", "submission_12"]
    what = found["submission_11"].handed_in
    assert [one["email"] for one in what.people] == ["ada@example.edu", "alan@example.edu"]
    assert what.submitted == "2026-11-01T12:30:05+00:00" and what.platform == "gradescope"
    assert found["submission_12"].handed_in.submitted.startswith("2026-11-01T04:30:00")


WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Last modified (submission)
Participant 11,Ada Lovelace,ada@example.edu,Submitted for grading,,"Monday, 2 November 2026, 10:15 AM"
Participant 12,Bob Ross,bob@example.edu,No submission,,-
"""
GRADEBOOK = """Student,ID,SIS Login ID,Section,Lab 08 (4711)
Points Possible,,,,10
"Hopper, Alan",55,alan@example.edu,A,
"""


def test_lists_of_the_platforms_say_who_and_when(tmp_path: Path) -> None:
    tree = {
        "Grades-CS101-Lab 08.csv": "\ufeff" + WORKSHEET,
        "2026-11-02_Grades-CS101.csv": GRADEBOOK,
        "Ada Lovelace_11_assignsubmission_file": {"app.py": APP},
        "hopperalan_55_9001_app.py": APP,
        "other.csv": "a,b\n1,2\n",
    }
    found = taken_in(written(tmp_path / "in", tree), "lab08")
    assert set(found) == {"Ada Lovelace_11", "hopperalan_55", "other.csv"}
    ada, alan = found["Ada Lovelace_11"].handed_in, found["hopperalan_55"].handed_in
    assert (ada.people[0]["email"], ada.submitted) == ("ada@example.edu", "2026-11-02T10:15:00")
    assert alan.people == [{"name": "Alan Hopper", "email": "alan@example.edu", "id": "55"}]
    assert found["other.csv"].refused


def test_sections(tmp_path: Path) -> None:
    tree = {
        "Section A.zip": zipped({"Ada_1_assignsubmission_file/app.py": APP}),
        "Section B.zip": zipped({"Bob_2_assignsubmission_file/app.py": APP}),
    }
    found = taken_in(written(tmp_path / "in", tree), "lab08")
    assert {name: one.handed_in.section for name, one in found.items()} == {
        "Ada_1": "Section A.zip",
        "Bob_2": "Section B.zip",
    }


@pytest.mark.parametrize(
    ("tree", "rows"),
    [
        ({"term": {"ada": {"app.py": APP}, "bob": {"app.py": APP}}}, ["ada", "bob"]),
        (
            {"term": {"ada.zip": zipped({"app.py": APP}), "bob.zip": zipped({"app.py": APP})}},
            ["ada", "bob"],
        ),
        ({"term.zip": zipped({"t/ada/app.py": APP, "t/bob/app.py": APP})}, ["ada", "bob"]),
        ({"ada": {"lab07": {"app.py": APP}, "lab08": {"app.py": APP}}}, ["ada"]),
        ({"ada": {"src": {"app.py": APP}, "tests": {"test_app.py": ""}}}, ["ada"]),
        ({"ada": {"app.py": APP, "old": {"app.py": OTHER}}}, ["ada"]),
        ({"ada": {"app.py": APP, "data_2026_11_27.csv": "1"}}, ["ada"]),
        ({"ada.zip": zipped({"data_2026_11_27.csv": "1", "app.py": APP})}, ["ada"]),
    ],
)
def test_one_student_or_a_class(tmp_path: Path, tree: Tree, rows: list[str]) -> None:
    assert list(taken_in(written(tmp_path / "in", tree), "lab08")) == rows


BOTH = {"lab07_sqlite": {"app.py": OTHER}, "lab08_redis": {"app.py": APP}}


@pytest.mark.parametrize(
    ("tree", "said", "refused"),
    [
        (BOTH, "ada/lab07_sqlite/app.py, ada/lab08_redis/app.py", set()),
        ({"lab07": {"app.py": APP}}, "not handed in: lab08_redis", set()),
        ({"app.py": APP}, "refused: nothing that can be taken as app.py; found ada/app.py", set()),
        ({"app.py": APP}, "does not say which lab it is for: lab07_sqlite or lab08_redis", set()),
        ({"lab07": {"app.py": APP}, "app.py": OTHER}, "does not say which lab", {"lab08_redis"}),
        ({"lab07": {"app.py": APP}, "lab8": {"x.py": "x = 1"}}, "x.py has no app", {"lab08_redis"}),
        ({"lab07": {"app.py": APP}, "lab5": {"app.py": OTHER}}, "not handed in: lab08", set()),
    ],
)
def test_two_labs(tmp_path: Path, tree: Tree, said: str, refused: set[str]) -> None:
    """A lab that is not there was not handed in; one that may be there in some way is refused."""
    (one,) = taken_in(written(tmp_path / "in", {"ada": tree}), "lab07", "lab08").values()
    assert said in row(one) and set(one.handed_in.refusals) == refused


def test_labs_that_ask_for_other_files(tmp_path: Path) -> None:
    detective = "async def diagnose(client, url):\n    return SHARED\n"
    names = "COPIES = SHARED = LOSES = PARTIAL = CANNOT_TELL = 'x'\n"
    tree = {
        "ada": {"Detective.py": "x = 1"},
        "bob": {"work.py": names + detective},
        "cy": {"work.py": "x = 1"},
        "di": {"schedules.toml": "x = 1"},
    }
    found = taken_in(written(tmp_path / "in", tree), "lab01", "lab03")
    assert row(found["ada"]).startswith("ada/Detective.py; took ada/Detective.py as detective.py")
    assert row(found["bob"]).startswith("bob/work.py; took bob/work.py as detective.py")
    assert "cy/work.py has no CANNOT_TELL, COPIES" in found["cy"].refused
    assert row(found["di"]) == "di/schedules.toml; not handed in: lab01_detective"


def test_a_lab_that_asks_for_two_files(tmp_path: Path) -> None:
    tree = {
        "ada": {"state_server.py": "x = 1", "app.py": APP},
        "bob": {"Lab 4": {"State-Server.py": "x = 1", "main.py": APP}},
        "cy": {"app.py": APP},
        "di.py": APP,
    }
    found = taken_in(written(tmp_path / "in", tree), "lab04")
    assert row(found["ada"]) == "ada/state_server.py, ada/app.py"
    assert "took bob/Lab 4/main.py as app.py" in row(found["bob"])
    assert "cy/app.py is there, but state_server.py is missing beside it" in found["cy"].refused
    assert "state_server.py is missing" in found["di"].refused
