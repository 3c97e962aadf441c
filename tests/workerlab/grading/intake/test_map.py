"""A map: an instructor's own word on whose a package is, and which file of it is which."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from classes import APP, OTHER, notebook, row, taken_in, written

from workerlab.errors import BadUsage

APP_PY = PurePosixPath("lab08_redis/app.py")
CLASS = {
    "ada": {"v1": {"app.py": APP, "store.py": "x = 1"}, "v2": {"app.py": OTHER}, "notes.md": "x"},
    "bob": {"server.txt": APP, "work.ipynb": notebook(APP, "uvicorn.run(app)")},
    "IMG_0012.zip": b"no zip",
    "roster.csv": "who,when\n",
}


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    return written(tmp_path / "in", CLASS)


def settled(handed_in: Path, text: str, *labs: str):
    file = handed_in.parent / "map.csv"
    file.write_text(text)
    return taken_in(handed_in, *(labs or ("lab08",)), map_=file)


def test_without_a_map_all_of_them_need_a_look(handed_in: Path) -> None:
    found = taken_in(handed_in, "lab08")
    assert set(found) == {"ada", "bob", "IMG_0012", "roster.csv"}
    assert all(one.refused for one in found.values())


def test_a_map_settles_them(handed_in: Path) -> None:
    found = settled(
        handed_in,
        "package,file,as,student\n"
        "ada,v1,,\n"
        "bob,bob/server.txt,app.py,Bob Ross\n"
        "IMG_0012.zip,,,cy\n"
        "\n"
        "roster.csv,,,-\n",
    )
    assert set(found) == {"ada", "Bob Ross", "cy"}
    assert set(found["ada"].files) == {APP_PY, PurePosixPath("lab08_redis/store.py")}
    assert row(found["ada"]).endswith("took ada/v1, as map.csv, line 2, says")
    assert found["Bob Ross"].files[APP_PY] == APP.encode()
    assert "took bob/server.txt as app.py, as map.csv, line 3, says" in row(found["Bob Ross"])
    assert "is Bob Ross's, as map.csv, line 3, says" in row(found["Bob Ross"])
    assert "no .zip" in found["cy"].refused  # whose it is does not make it whole


def test_a_file_is_its_own_word(handed_in: Path) -> None:
    """What a map names is taken, also where two answers are there, or a file has another name."""
    found = settled(handed_in, "package;file\nada;v2/app.py\nbob;work.ipynb\n")
    assert found["ada"].files == {APP_PY: OTHER.encode()}
    assert "starts a server itself" in found["bob"].refused


def test_whose_it_is_counts_and_not_whom_the_platform_names(tmp_path: Path) -> None:
    """Ada uploaded what is Bob's: her address must not bring his marks into her row."""
    tree = {"Ada_11_assignsubmission_file": {"a.py": APP}, "Bob_12_assignsubmission_file": {}}
    found = settled(written(tmp_path / "in", tree), "package,student\nAda_11,Bob_12\n")
    assert list(found) == ["Bob_12"]
    assert [one["name"] for one in found["Bob_12"].handed_in.people] == ["Bob"]
    found = settled(tmp_path / "in", "package,student\nAda_11,Cy\n")
    assert found["Cy"].handed_in.people == [] and not found["Cy"].refused


def test_two_packages_of_one_student(handed_in: Path) -> None:
    found = settled(handed_in, "package,file,student\nbob,server.txt,ada\n")
    assert set(found) == {"ada", "IMG_0012", "roster.csv"}
    assert found["ada"].files[APP_PY] == APP.encode()
    with pytest.raises(BadUsage, match="line 2: another line says that app.py is ada/"):
        settled(handed_in, "package,file,student\nbob,server.txt,ada\nada,v1/store.py,ada\n")


def test_a_lab_of_two_files(tmp_path: Path) -> None:
    handed_in = written(tmp_path / "in", {"ada": {"a.py": "x = 1", "b.py": APP}})
    text = "package,file,as,lab\nada,a.py,state_server.py,lab04\nada,b.py,app.py,lab04_manager\n"
    found = settled(handed_in, text, "lab04", "lab08")
    assert {str(path): data for path, data in found["ada"].files.items()} == {
        "lab04_manager/state_server.py": b"x = 1",
        "lab04_manager/app.py": APP.encode(),
    }
    found = settled(handed_in, "package,file,as,lab\nada,a.py,state_server.py,lab04\n", "lab04")
    assert "the map does not say which file is app.py" in found["ada"].refused


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: there is no column `package`"),
        ("student,file\nada,x\n", "line 1: there is no column `package`"),
        ("package,grade\nada,10\n", "line 1: no column of a map is 'grade'"),
        ("package,file,file\nada,x,y\n", "line 1: no column of a map is twice the same"),
        ("package,file\nada,v1\nzoe,app.py\n", "line 3: no package is called 'zoe'"),
        ("package,file\nada,v3/app.py\n", "line 2: there is no 'v3/app.py' in 'ada'"),
        ("package,file\n,app.py\n", "line 2: it does not say which package"),
        ("package,file\nada,\n", "line 2: it says neither which file nor whose it is"),
        ("package,file,as\nada,v1/app.py,main.py\n", "line 2: lab08_redis asks for no 'main.py'"),
        ("package,file,lab\nada,v1/app.py,lab11\n", "line 2: 'lab11' is no lab of this class"),
        ("package,lab,student\nada,lab08,Ada\n", "line 2: it says what a file is, and not which"),
        ("package,file\nada,v1,app.py\n", "line 2: it has 3 cells"),
        ("package,student\nada,Ada\nada,Bob\n", "line 3: 'ada' is 'Ada''s in line 2"),
        ('package,file\nada,"v1\n', "line 2: unexpected end of data"),
    ],
)
def test_an_error_names_its_line(handed_in: Path, text: str, told: str) -> None:
    with pytest.raises(BadUsage) as caught:
        settled(handed_in, text)
    assert told in str(caught.value) and "map.csv, line" in str(caught.value)
    assert caught.value.advice and "\n" not in str(caught.value)


def test_a_map_that_cannot_be_read(handed_in: Path) -> None:
    with pytest.raises(BadUsage, match="cannot read the map"):
        taken_in(handed_in, "lab08", map_=handed_in / "nowhere.csv")
    (handed_in.parent / "map.csv").write_bytes("package,file\n".encode("utf-16"))
    with pytest.raises(BadUsage, match="no text in UTF-8"):
        taken_in(handed_in, "lab08", map_=handed_in.parent / "map.csv")
