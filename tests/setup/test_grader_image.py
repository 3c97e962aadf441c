"""docker/grader/Dockerfile, read: there is no Docker engine here, so nothing of it is built.

What can be tried is tried: a class is graded with the files that are copied, and no others.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docker/grader/Dockerfile"
HOME = "/srv/workerlab"


def instructions(path: Path = FILE) -> list[tuple[str, str]]:
    """Each instruction and its words, with continued lines joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.split("\n"))
            if word]  # fmt: skip


def words(kind: str, path: Path = FILE) -> list[str]:
    return [rest for word, rest in instructions(path) if word == kind]


def packages(path: Path) -> set[str]:
    """Debian's packages that a Dockerfile or a script names."""
    text = path.read_text().replace("\\\n", " ")
    found = re.findall(r"apt-get install ((?:(?!&&|\n).)+)", text)
    return {
        word for line in found for word in line.split() if re.fullmatch(r"[a-z][a-z0-9-]+", word)
    }


def copied() -> list[tuple[str, str]]:
    """What is copied from the repository, and where it goes."""
    lines = [shlex.split(line) for line in words("COPY") if not line.startswith("--from")]
    assert all(len(line) == 2 for line in lines)
    return [(source, target) for source, target in lines]


def test_every_instruction_is_known_and_every_stage_is_the_pinned_python():
    known = {"FROM", "RUN", "COPY", "ENV", "WORKDIR", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in instructions()} <= known
    [main] = words("FROM", ROOT / "docker/Dockerfile")
    assert [line.removesuffix(" AS build") for line in words("FROM")] == [main, main]
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert asked == ">=3.11" and re.search(r"python:3\.1[1-5]\.\d+-", main)


def test_everything_that_is_copied_is_there_and_goes_into_the_build():
    ignored = (ROOT / ".dockerignore").read_text().split()
    sources = [source for source, _ in copied()]
    assert sources and [name for name in sources if not (ROOT / name).exists()] == []
    assert not set(ignored) & {part for name in sources for part in Path(name).parts}


def test_no_solution_goes_into_the_image():
    files = [
        path for source, _ in copied() for path in [ROOT / source, *(ROOT / source).rglob("*")]
    ]
    inside = {path.relative_to(ROOT).as_posix() for path in files}
    assert "labs/lab08_redis/lab.toml" in inside and "tests/labs/test_lab08_redis.py" in inside
    assert [name for name in inside if re.match("solutions|tests/(mutants|hostile)", name)] == []


def test_every_package_is_one_that_ci_or_binder_installs_too():
    ci = set(re.findall(r"missing\+=\(([a-z-]+)\)", (ROOT / ".ci/run").read_text()))
    known = ci | set((ROOT / "apt.txt").read_text().split()) | packages(ROOT / "docker/Dockerfile")
    named = packages(FILE)
    assert (
        {"bubblewrap", "memcached", "mariadb-server-core", "mariadb-client-core"} <= named <= known
    )


def test_the_lock_is_installed_with_its_hashes():
    [install] = [line for line in words("RUN") if "requirements.lock" in line]
    assert "--require-hashes" in install and "--only-binary :all:" in install
    [own] = [line for line in words("RUN") if line.endswith(" /build")]
    assert "--no-deps" in own and "--no-build-isolation" in own
    packages = ROOT / "pyproject.toml"
    built = tomllib.loads(packages.read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    folders = {Path(target, source).name for source, target in copied() if target != "/build/"}
    assert {Path(path).parts[0] for path in built["packages"]} <= folders


def test_runs_are_shell_that_can_be_parsed():
    for line in words("RUN"):
        subprocess.run(["sh", "-n", "-c", line], check=True)


def test_the_commands_that_are_shown_are_those_that_the_program_takes():
    """The Dockerfile's own comment and INSTRUCTORS.md show the same command and the same flags."""
    shown = [_shown(path) for path in (FILE, ROOT / "INSTRUCTORS.md")]
    assert shown[0] == shown[1]
    options, command = shown[0]
    assert options == {
        ("--cap-add", "SYS_ADMIN"),
        ("--cap-add", "NET_ADMIN"),
        ("--security-opt", "seccomp=unconfined"),
        ("--security-opt", "apparmor=unconfined"),
    }
    [entry] = words("ENTRYPOINT")
    [command_without] = words("CMD")
    assert json.loads(entry) == ["workerlab"]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert "workerlab" in scripts
    for arguments in (json.loads(command_without), [command[0], "--help"], ["doctor", "--help"]):
        done = _workerlab(*arguments)
        assert done.returncode == 0, done.stderr
    assert command[:4] == ["grade", "/handed-in", "--out", "/marks"]


def _shown(path: Path) -> tuple[set[tuple[str, str]], list[str]]:
    """The options for isolation, and what follows the image's name, of the command in a text."""
    text = path.read_text().replace("\n#", "\n").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    [command] = [shlex.split(line) for line in lines if line.startswith("docker run --rm")]
    options = {
        (one, two) for one, two in pairwise(command) if one in ("--cap-add", "--security-opt")
    }
    return options, command[command.index("workerlab-grader") + 1 :]


@pytest.mark.nightly
def test_a_class_is_graded_with_what_is_copied_and_nothing_else(tmp_path: Path):
    """Python's packages apart, which are those of the lock here as there."""
    image = tmp_path / "image"
    for source, target in copied():
        place = image / target.lstrip("/")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place)
    handed_in = tmp_path / "handed-in" / "ada" / "lab01_detective"
    shutil.copytree(ROOT / "labs/lab01_detective", handed_in)
    [home] = re.findall(r"WORKERLAB_HOME=(\S+)", " ".join(words("ENV")))
    assert home == HOME == words("WORKDIR")[0]
    env = {
        "WORKERLAB_HOME": str(image / home.lstrip("/")),
        "PYTHONPATH": str(image / "build/src"),  # before the package of this repository
    }
    arguments = (tmp_path / "handed-in", "--out", tmp_path / "marks", "--lab", "lab01")
    done = _workerlab("grade", *arguments, cwd=image / home.lstrip("/"), **env)
    assert done.returncode == 0, done.stderr
    journal = (tmp_path / "marks" / "journal.jsonl").read_text()
    assert '"kind": "done"' in journal and '"status": "passed"' in journal
    assert "not_gradable" not in journal and "ModuleNotFoundError" not in journal
    assert str(ROOT / "labs") not in journal


def _workerlab(*arguments: object, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "workerlab", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, timeout=120
    )
