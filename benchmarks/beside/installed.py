"""Environments in which the other tools are, each apart from the one that is locked."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("fastapi", "redis", "aiocache")  # what the services import; frontrun runs them itself
NEEDS = {"schemathesis": (), "frontrun": OURS}


def environment(tool: str) -> Path | None:
    """The folder of the environment's programs; None, and a line, when it cannot be installed."""
    folder = ROOT / "build" / f"compare-{tool}"
    programs = folder / "bin"
    if (programs / tool).exists():
        return programs
    print(f"installing {tool} into {folder.relative_to(ROOT)} …", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    wanted = [tool, *(f"{name}=={version(name)}" for name in NEEDS[tool])]
    command = [str(programs / "python"), "-m", "pip", "install", *quiet, *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print("\n".join(["it cannot be installed:", *done.stderr.strip().splitlines()[-3:]]))
        return None
    return programs


def versions(environments: dict[str, Path | None]) -> dict[str, str]:
    """Of Python, of what the services are made with, and of each tool that is there."""
    found = {"python": sys.version.split()[0]}
    found |= {name: version(name) for name in ("fastapi", "uvicorn", *OURS[1:])}
    for tool, programs in environments.items():
        if programs:
            code = f"import importlib.metadata as m, json; print(json.dumps(m.version('{tool}')))"
            command = [str(programs / "python"), "-c", code]
            done = subprocess.run(command, capture_output=True, check=True)
            found[tool] = json.loads(done.stdout)
    return found
