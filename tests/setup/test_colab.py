"""A chapter from its one file, in an environment like Colab's: root, an empty folder, no clone.

There is no Colab here. What stands for it is a Python of its own with the kernel that Colab has,
which cannot see this project's environment, and a module named google.colab.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from workerlab.grading.authoring.release import release

ROOT = Path(__file__).parent.parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
BIN = Path(sys.executable).parent
OURS = ("VIRTUAL_ENV", "PYTHONPATH", "WORKERLAB_HOME", "REDIS_URL")
# Colab's versions of what its kernel is made of, as googlecolab/backend-info had them in August 2026.
# Not pyzmq, of which each Python needs its own.
KERNEL = (
    *("ipykernel==6.17.1", "ipython==7.34.0", "jupyter_client==7.4.9", "traitlets==5.7.1"),
    *("tornado==6.5.7", "psutil==5.9.5", "httpx==0.28.1", "rich==13.9.4", "pytest==8.4.2"),
)
# What chapters use from .venv, in the kernel and in what it starts.
LAST = """
from UltraDict import UltraDict
from workerlab.services import Redis
with Redis(own=True) as url:
    !which workerlab
"""
NEWER = ("ipykernel", "ipython", "httpx")  # for a Python that Colab does not have yet


def python() -> tuple[str, tuple[str, ...]]:
    """Colab's Python, else the one that runs this; and what to install for it."""
    for candidate in ("python3.13", *Path.home().glob(".pyenv/versions/3.13.*/bin/python")):
        asked = [candidate, "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]
        try:
            told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        if told.strip() == "True":
            return str(candidate), KERNEL
    return sys.executable, KERNEL if sys.version_info < (3, 13) else NEWER


def make_kernel(folder: Path) -> Path:
    """Make an environment with Colab's kernel in it, and the kernel's description beside it."""
    version, packages = python()
    uv, venv = BIN / "uv", folder / "colab"
    subprocess.run([uv, "venv", "--quiet", "--seed", "--python", version, venv], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", venv / "bin/python", *packages]
    subprocess.run(install, check=True)
    (venv / "bin/uv").symlink_to(uv)  # Colab has it, too
    looks_like_colab(venv)
    describe(folder, venv)
    return venv


def looks_like_colab(venv: Path) -> None:
    """Let each process of this environment have google.colab loaded, as Colab's kernel has."""
    [packages] = venv.glob("lib/python3*/site-packages")
    (packages / "google/colab").mkdir(parents=True)
    (packages / "google/colab/__init__.py").touch()
    (packages / "colab.pth").write_text("import google.colab\n")


def describe(folder: Path, venv: Path) -> None:
    kernel = folder / "kernels/colab/kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [venv / "bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    described = {"argv": list(map(str, command)), "display_name": "Colab", "language": "python"}
    kernel.write_text(json.dumps(described))


def make_repository(folder: Path) -> str:
    """Make a repository of what students get; return its address."""
    release(folder / "published")
    git = ["git", "-C", folder / "published", "-c", "user.name=x", "-c", "user.email=x@localhost"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Release"]):
        subprocess.run([*git, *command], check=True)
    return f"file://{folder}/published"


def run(chapter: Path, content: Path, address: str, venv: Path) -> nbformat.NotebookNode:
    """Execute a chapter of which there is only this file, in the folder `content`."""
    content.mkdir(exist_ok=True)
    shutil.copy(chapter, content)
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    env = inherited | {
        "HOME": str(content.parent),
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.defpath}",
        "WORKERLAB_REPOSITORY": address,
        # Colab's, and each of them in the way of a plain installation:
        "PIP_CONSTRAINT": "/nowhere/requirements.constraints",
        "UV_CONSTRAINT": "/nowhere/requirements.constraints",
        "UV_SYSTEM_PYTHON": "true",
    }
    notebook = nbformat.read(content / chapter.name, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LAST))
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="colab",
        resources={"metadata": {"path": str(content)}},
    )
    return asyncio.run(client.async_execute(env=env))


def test_the_cell_names_the_project_and_its_release_once_there_is_an_address(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "notebooks"))
    from contents import ASK, colab_cell

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    urls = {"Repository": "https://example.org/name"}
    assert f'source = "--branch v{project["version"]} https://example.org/name"\n' in colab_cell(
        project | {"urls": urls}
    )
    assert f"source = {ASK}\n" in colab_cell(project | {"urls": {}})


def test_every_chapter_has_the_same_cell_folded_up():
    cells = [
        [cell for cell in nbformat.read(path, as_version=4).cells if cell.id == "colab"]
        for path in CHAPTERS
    ]
    [first] = cells[0]
    assert first.metadata["jupyter"] == {"source_hidden": True}
    assert cells == [[first]] * len(CHAPTERS)


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> tuple[Path, str, Path]:
    folder = tmp_path_factory.mktemp("colab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield folder, make_repository(folder), make_kernel(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="Colab is Linux")
@pytest.mark.nightly
@pytest.mark.parametrize("name", ["01-one-object-per-worker", "07-sqlite"])
def test_a_chapter_runs_from_its_one_file(name, colab):
    """The first finds an empty folder. The second finds what the first has installed."""
    folder, address, venv = colab
    before = sorted(path.name for path in venv.glob("lib/python3*/site-packages/*"))
    executed = run(ROOT / "notebooks" / f"{name}.ipynb", folder / "content", address, venv)
    assert sorted(path.name for path in venv.glob("lib/python3*/site-packages/*")) == before
    command = folder / "content/workerlab/.venv/bin/workerlab"
    assert executed.cells[-1].outputs[0].text.strip() == str(command)
