"""A class as learning platforms pack it, from a field study: each package has the row it should get."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import pytest
from classes import APP, OTHER, notebook, row, taken_in, written, zipped

FILE = "assignsubmission_file"
HANDED_IN = {
    f"学生 三_1234503_{FILE}": {"lab08_redis.zip": zipped({"lab08_redis/app.py": APP})},
    f"Student I_1234510_{FILE}": {"App.py": APP},
    f"Student D_1234511_{FILE}": {"main.py": APP},
    f"Student H_1234509_{FILE}": {"app.py.txt": APP},
    f"Student E_1234508_{FILE}": {"Untitled.ipynb": notebook(APP)},
    f"Student G_1234515_{FILE}": {"src": {"app.py": APP}, "report.pdf": b"%PDF"},
    f"Student B_1234516_{FILE}": {"lab08_redis (1)": {"app.py": APP}, "notes.txt": "x"},
    f"Student F_1234517_{FILE}": {
        "Lab08_Redis": {"app.py": APP},
        "lab07_sqlite": {"app.py": "x=1"},
    },
    "Student A_1234504_assignsubmission_onlinetext": {"onlinetext.html": "<p>it is attached</p>"},
    "twofiles_12347_67892_app.py": "from helper import make\napp = make()\n",
    "twofiles_12347_67893_helper.py": APP + "\n\ndef make():\n    return app\n",
    "windows_12350_67896_lab08.zip": zipped({"lab08_redis\\app.py": APP}),
    "lzma_12357_67903_lab08.zip": zipped({"app.py": APP}, zipfile.ZIP_LZMA),
    "submission_metadata.yml": (
        "submission_298112233:\n  :submitters:\n  - :name: Ada Lindqvist\n"
        "    :sid: '7'\n    :email: ada@example.org\n"
    ),
}
ROWS = {
    "学生 三_1234503": "lab08_redis.zip/lab08_redis/app.py",
    "Student I_1234510": "App.py; took App.py as app.py",
    "Student D_1234511": "main.py; took main.py as app.py",
    "Student H_1234509": "app.py.txt; took app.py.txt as app.py",
    "Student E_1234508": "Untitled.ipynb; took the code of Untitled.ipynb as app.py",
    "Student G_1234515": "src/app.py; took src/app.py as app.py",
    "Student B_1234516": "lab08_redis (1)/app.py; took lab08_redis (1)/app.py as app.py",
    "Student F_1234517": "Lab08_Redis/app.py; took Lab08_Redis/app.py as app.py",
    "Student A_1234504": "refused: nothing that can be taken as app.py; found onlinetext.html",
    "twofiles_12347": "app.py",
    "windows_12350": "lab08.zip/lab08_redis/app.py",
    "lzma_12357": "lab08.zip/app.py",
    "submission_298112233": (
        "refused: submission_metadata.yml names it, and no folder submission_298112233 is there"
    ),
}


def test_each_package_has_the_row_that_it_should_get(tmp_path: Path) -> None:
    found = taken_in(written(tmp_path / "in", HANDED_IN), "lab08")
    assert {name: row(one) for name, one in found.items()} == ROWS
    for one in found.values():
        if not one.refused:
            app = one.files[PurePosixPath("lab08_redis/app.py")].decode()
            assert app.strip() == (APP if one.student != "twofiles_12347" else app).strip()
    assert set(found["twofiles_12347"].files) == {
        PurePosixPath("lab08_redis/app.py"),
        PurePosixPath("lab08_redis/helper.py"),
    }


def test_the_platforms_say_whose_they_are(tmp_path: Path) -> None:
    found = taken_in(written(tmp_path / "in", HANDED_IN), "lab08")
    (person,) = found["学生 三_1234503"].handed_in.people
    assert (person["name"], person["id"]) == ("学生 三", "1234503")
    (person,) = found["submission_298112233"].handed_in.people
    assert person == {"name": "Ada Lindqvist", "email": "ada@example.org", "id": "7"}
    assert found["windows_12350"].handed_in.people[0]["id"] == "12350"
    assert [found[name].handed_in.platform for name in ("lzma_12357", "Student D_1234511")] == [
        "canvas",
        "moodle",
    ]


@pytest.mark.parametrize(
    "shape", ["one folder too high", "two", "the platform's zip", "in a folder"]
)
def test_a_class_that_lies_deeper(tmp_path: Path, shape: str) -> None:
    folder = written(tmp_path / "in" / "CS101-Lab 08-99", HANDED_IN)
    handed_in = tmp_path / "in"
    match shape:
        case "two":
            folder.rename(tmp_path / "lower")
            (tmp_path / "in" / "Downloads").mkdir()
            (tmp_path / "lower").rename(tmp_path / "in" / "Downloads" / folder.name)
        case "the platform's zip" | "in a folder":
            members = {
                str(path.relative_to(folder)): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
            handed_in = tmp_path / ("class.zip" if shape.startswith("the") else "zips/class.zip")
            handed_in.parent.mkdir(exist_ok=True)
            handed_in.write_bytes(zipped(members))
            handed_in = handed_in if shape.startswith("the") else handed_in.parent
    found = taken_in(handed_in, "lab08")
    said = {name: row(one).partition("; found inside")[0] for name, one in found.items()}
    assert said == {name: text.partition("; found inside")[0] for name, text in ROWS.items()}
    inside = {"one folder too high": "CS101-Lab 08-99", "two": "CS101-Lab 08-99"}
    if shape in inside:
        assert f"found inside {inside[shape]}" in found["twofiles_12347"].handed_in.notes


def test_nothing_else_changes_what_is_taken(tmp_path: Path) -> None:
    """The digest is that of what is taken: a report beside it grades nobody anew."""
    folder = written(tmp_path / "in", HANDED_IN)
    before = taken_in(folder, "lab08")["Student G_1234515"].digest
    (folder / f"Student G_1234515_{FILE}" / "report.pdf").write_text("another")
    assert taken_in(folder, "lab08")["Student G_1234515"].digest == before
    (folder / f"Student G_1234515_{FILE}" / "src" / "app.py").write_text(OTHER)
    assert taken_in(folder, "lab08")["Student G_1234515"].digest != before
