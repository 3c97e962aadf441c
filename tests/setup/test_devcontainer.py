"""The machine for Codespaces and VS Code, read: there is no Docker engine here.

What can be tried is tried: the command that makes the environment is one that make knows, and
what the image installs is what the project's other image installs.
"""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".devcontainer"
WORKSPACE = "${containerWorkspaceFolder}/"
# The properties of the specification (containers.dev) that are used, and no others.
KNOWN = {
    *("name", "build", "init", "remoteUser", "hostRequirements", "postCreateCommand", "waitFor"),
    *("remoteEnv", "forwardPorts", "portsAttributes", "otherPortsAttributes", "customizations"),
}


@pytest.fixture(scope="module")
def settings() -> dict:
    return json.loads((FOLDER / "devcontainer.json").read_text())


def image(path: Path) -> str:
    return path.read_text().replace("\\\n", " ")


def test_every_property_is_one_of_the_specification(settings):
    assert set(settings) == KNOWN
    assert re.fullmatch(r"\d+gb", settings["hostRequirements"]["memory"])


def test_it_is_the_python_of_the_other_image(settings):
    file = FOLDER / settings["build"]["dockerfile"]
    [here] = re.findall(r"^FROM (\S+)$", image(file), re.MULTILINE)
    [there] = re.findall(r"^FROM (\S+)$", image(ROOT / "docker/Dockerfile"), re.MULTILINE)
    assert here == there
    assert f"--shell /bin/bash {settings['remoteUser']}\n" in image(file)


def test_it_has_the_servers_that_binder_has_and_no_compiler(settings):
    text = image(FOLDER / settings["build"]["dockerfile"])
    [installed] = re.findall(r"apt-get install ([^&]+)", text)
    assert {*(ROOT / "apt.txt").read_text().split(), "git", "make"} <= set(installed.split())
    assert not {"gcc", "build-essential", "libc6-dev"} & set(installed.split())


def test_its_environment_is_the_one_that_make_makes(settings):
    command = settings["postCreateCommand"].split()
    assert command[0] == "make" and settings["waitFor"] == "postCreateCommand"
    done = subprocess.run([*command, "-n", "-B"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "requirements" in done.stdout or "setup/" in done.stdout


def test_terminals_and_notebooks_find_that_environment(settings):
    first = settings["remoteEnv"]["PATH"].partition(":")[0]
    chosen = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    for path in (first, chosen):
        assert path.startswith(WORKSPACE)
        there = ROOT / path.removeprefix(WORKSPACE)
        assert there.exists(), "make .venv/ready"
    assert Path(chosen).parent == Path(first)


def test_what_it_opens_and_recommends(settings):
    custom = settings["customizations"]
    assert [name for name in custom["codespaces"]["openFiles"] if not (ROOT / name).is_file()] == []
    assert custom["vscode"]["extensions"] == ["ms-python.python", "ms-toolsai.jupyter"]
    assert [str(port) for port in settings["forwardPorts"]] == list(settings["portsAttributes"])


@pytest.mark.skipif(shutil.which("git") is None, reason="asks git")
def test_windows_gets_the_line_ends_that_the_container_runs():
    scripts = [
        path for path in ROOT.glob("*") if path.is_file() and path.stat().st_mode & stat.S_IXUSR
    ]
    names = ["Makefile", *(path.name for path in scripts)]
    asked = ["git", "check-attr", "eol", "--", *names]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a clone")
    assert [line for line in done.stdout.splitlines() if not line.endswith("eol: lf")] == []
