"""What a lab says about itself, and what is said when that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.api import checks_of
from workerlab.grading.manifest import all_labs, find, read, root

LAB = "lab50_small"


@pytest.mark.parametrize("name", [LAB, "lab50", "50", f"labs/{LAB}", f"labs/{LAB}/"])
def test_a_lab_is_found_by_what_one_would_type(repository: Path, name: str) -> None:
    assert find(name).name == LAB


def test_a_small_number_will_do(repository: Path) -> None:
    folder = repository / "labs" / "lab01_first"
    folder.mkdir()
    (folder / "lab.toml").write_text('name = "lab01_first"\ntitle = "x"\nedits = []\n')
    assert find("1").name == "lab01_first"
    assert [lab.name for lab in all_labs()] == ["lab01_first", LAB]


@pytest.mark.parametrize("name", ["51", "lab5", "", "..", "lab50_smal"])
def test_a_lab_that_does_not_exist(repository: Path, name: str) -> None:
    with pytest.raises(BadUsage) as refused:
        find(name)
    assert refused.value.advice == f"choose one of: {LAB}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name =",
        'name = "x"',
        "settings = 3",
        'name = "x"\ntitle = "y"\nedits = 3',
        'points = "many"',
    ],
)
def test_a_manifest_that_is_wrong(repository: Path, text: str) -> None:
    (repository / "labs" / LAB / "lab.toml").write_text(text)
    with pytest.raises(BadUsage, match=r"lab\.toml is wrong") as refused:
        read(repository / "labs" / LAB)
    assert refused.value.advice


def test_a_manifest_that_is_missing(repository: Path) -> None:
    with pytest.raises(BadUsage, match=r"has no lab\.toml"):
        read(repository / "tests")


def test_defaults(repository: Path) -> None:
    lab = find(LAB)
    assert (lab.workers, lab.runner, lab.services, lab.points) == (5, "uvicorn", (), 3.0)


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERLAB_HOME", str(tmp_path))
    with pytest.raises(BadUsage, match="no labs in"):
        root()


def test_checks_come_in_the_order_of_the_file(repository: Path) -> None:
    assert [info.id for info in checks_of(find(LAB))] == ["starts", "no_lost_update"]
    (repository / "tests" / "labs" / f"test_{LAB}.py").unlink()
    with pytest.raises(BadUsage, match="has no checks"):
        checks_of(find(LAB))


def test_settings_are_what_the_apps_environment_holds(repository: Path) -> None:
    assert find(LAB).settings == ()
    file = repository / "labs" / LAB / "lab.toml"
    file.write_text(file.read_text() + "[settings]\nPRICE_TTL = 3600\n")
    assert find(LAB).settings == (("PRICE_TTL", "3600"),)
