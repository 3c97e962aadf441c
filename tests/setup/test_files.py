"""What a newcomer meets first: README, make, licences, versions. What they name must exist."""

import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GUIDES = ["README.md", "CONTRIBUTING.md", "INSTRUCTORS.md"]
LOCKS = ["requirements.lock", "requirements-test.lock"]
READERS = ["fixes", "lab", "build"]  # the extras that a reader gets
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def make(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def targets() -> set[str]:
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return set(declared[1].split())


def test_help_lists_every_target():
    listed = set(re.findall(r"^  make (\w+)", make("help"), re.MULTILINE))
    assert listed == targets()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_make_target_that_is_named_exists(guide):
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / guide).read_text(), re.MULTILINE))
    assert named <= targets()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_verb_that_is_named_exists(guide):
    text = (ROOT / guide).read_text()
    named = set(re.findall(r"(?:bin/|`)workerlab ([a-z][a-z-]+)", text))
    done = subprocess.run(
        [ROOT / ".venv/bin/workerlab", "--help"], capture_output=True, text=True, check=True
    )
    assert named <= set(re.findall(r"^│ ([a-z][a-z-]+) ", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_link_into_the_repository_leads_somewhere(guide):
    links = re.findall(r"\]\(((?!https?:)[^)#]+)\)", (ROOT / guide).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_lists_every_notebook_and_every_lab():
    text = (ROOT / "README.md").read_text()
    there = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("labs/*/README.md")]
    assert there
    assert [name for path in there if (name := str(path.relative_to(ROOT))) not in text] == []


def test_the_readmes_schedule_is_on_the_starters_own_lines():
    text = (ROOT / "README.md").read_text()
    starter = (ROOT / "labs/lab08_redis/app.py").read_text().splitlines()
    shown = re.findall(r"^ *(\d+)  (.+?)(?: *…)?$", text, re.MULTILINE)
    assert len(shown) == 4
    for line, source in shown:
        assert starter[int(line) - 1].strip().startswith(source.rstrip(" …"))


def test_the_authors_of_the_question_and_its_answers_are_credited():
    text = (ROOT / "README.md").read_text()
    for name in ("Dubraven", "Sushi2all", "alex_noname", "Yagiz Degirmenci", "stewit",
                 "Alex Kosh", "niteris"):  # fmt: skip
        assert name in text


def test_the_changelog_is_about_this_version():
    newest = re.search(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest[1] == PROJECT["version"]


def test_licences_are_there():
    assert PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "CC-BY-4.0" in (ROOT / "LICENSE-prose").read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_has_a_hash_for_each_package_and_no_address(lock):
    text = (ROOT / lock).read_text()
    packages = re.findall(r"^[a-z0-9][\w.-]*(?:\[.*\])?==", text, re.MULTILINE | re.IGNORECASE)
    pinned = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) == len(pinned) > 100
    assert all("--hash=sha256:" in entry for entry in pinned)
    assert "://" not in text
    assert "index-url" not in text


def versions(lock: str) -> dict[str, set[str]]:
    """What a lock pins: name -> versions (one for each kind of Python, seldom more than one)."""
    text = (ROOT / lock).read_text().lower()
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9][\w.-]*)(?:\[.*\])?==(\S+)", text, re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def names(asked: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in asked}


def test_the_locks_have_every_package_that_the_project_asks_for():
    extras = PROJECT["optional-dependencies"]
    readers = [*PROJECT["dependencies"], *chain(*(extras[name] for name in READERS))]
    assert names(readers) <= set(versions("requirements.lock"))
    everything = [*PROJECT["dependencies"], *chain(*extras.values())]
    assert names(everything) <= set(versions("requirements-test.lock"))


def test_the_tests_run_with_the_versions_that_a_reader_has():
    readers, tests = map(versions, LOCKS)
    assert {name: found for name, found in readers.items() if tests.get(name) != found} == {}


def test_a_reader_gets_nothing_that_only_tests_and_sites_need():
    assert {"playwright", "sphinx", "distributed", "ruff", "uv"}.isdisjoint(
        versions("requirements.lock")
    )


def test_a_second_set_up_has_nothing_to_do():
    assert "environment.sh" not in make("-n", "check")
