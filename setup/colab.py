"""Let the kernel that Colab started use this project. The first cell of each chapter runs it there.

Colab's kernel needs its own IPython, tornado and traitlets, which are older than ours, and stops
if they are replaced. So nothing of it is changed. All that requirements.lock lists goes into
.venv, for the kernel's own Python, and then

- the kernel looks there for what Colab does not have,
- every server and every command that the kernel starts uses .venv, and nothing of Colab's.
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
READY = VENV / "ready"  # the Makefile's mark
# Colab's settings for installing beside its own packages.
COLABS = ("CONSTRAINT", "BUILD_CONSTRAINT", "SYSTEM_PYTHON")


def make_environment() -> None:
    """Make .venv, unless a whole one is there. Raises CalledProcessError."""
    if READY.exists():
        return
    # Colab's Python has no ensurepip.
    _run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
    lock = ROOT / "requirements.lock"
    _install("--require-hashes", "--only-binary", ":all:", "-r", lock)
    _install("--no-deps", "--no-build-isolation", "--editable", ROOT)
    READY.touch()


def _install(*arguments: str | Path) -> None:
    """Install into .venv, by uv, which takes seconds, or else by pip, which takes a minute or two."""
    uv = shutil.which("uv")
    if uv:
        _run(uv, "pip", "install", "--quiet", "--python", PYTHON, *arguments)
    else:
        pip = (sys.executable, "-m", "pip", "--python", PYTHON, "--disable-pip-version-check")
        _run(*pip, "install", "--quiet", *arguments)


def _run(*command: str | Path) -> None:
    colabs = {f"{tool}_{name}" for tool in ("PIP", "UV") for name in COLABS}
    env = {name: value for name, value in os.environ.items() if name not in colabs}
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def join() -> None:
    """Let this process, and whatever it starts, use .venv."""
    packages = sysconfig.get_path("purelib", "venv", {"base": str(VENV)})
    site.addsitedir(packages)  # behind Colab's own
    sys.executable = str(PYTHON)
    os.environ["VIRTUAL_ENV"] = str(VENV)
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join([str(PYTHON.parent), *path])


if __name__ == "__main__":
    make_environment()
    join()
