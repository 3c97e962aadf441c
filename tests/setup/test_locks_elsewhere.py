"""The locks on machines that this one is not: the resolver is asked, and nothing is installed.

Each Python has to find a wheel for every line of the lock: where there is none, a reader needs a
compiler, which many have not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PYTHONS = "3.11", "3.12", "3.13", "3.14", "3.15"
PLATFORMS = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
)
LOCKS = [("requirements.lock", platform) for platform in PLATFORMS]
LOCKS += [("requirements-test.lock", PLATFORMS[0])]
UNREACHABLE = "Failed to fetch", "error sending request", "dns error", "timed out", "offline"


@pytest.fixture(scope="module")
def uv() -> str:
    """The resolver, which the lock of the tests has."""
    found = shutil.which("uv", path=sysconfig.get_path("scripts")) or shutil.which("uv")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("uv is not installed")
    return found


@pytest.fixture(scope="module")
def answers(uv: str, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple, Future]:
    """What the resolver says of each lock, platform and Python: it mostly waits for the index."""
    with ThreadPoolExecutor(8) as pool:
        yield {
            (lock, platform, python): pool.submit(
                why_not, uv, lock, platform, python, tmp_path_factory.mktemp("nowhere")
            )
            for lock, platform in LOCKS
            for python in PYTHONS
        }


def why_not(uv: str, lock: str, platform: str, python: str, nowhere: Path) -> str:
    """What the resolver says when this Python cannot have the lock from wheels; else nothing."""
    command = [uv, "pip", "install", "--dry-run", "--quiet", "--only-binary", ":all:"]
    command += ["--require-hashes", "--python-platform", platform, "--python-version", python]
    command += ["--target", str(nowhere / "packages"), "-r", str(REPOSITORY / lock)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=nowhere)
    assert not list(nowhere.glob("packages/*/")), "it has installed something"
    return f"Python {python}: {done.stderr.strip()}" if done.returncode else ""


@pytest.mark.nightly
@pytest.mark.parametrize(("lock", "platform"), LOCKS)
def test_every_python_has_the_whole_lock_in_wheels(answers, lock, platform):
    told = [answers[lock, platform, python].result() for python in PYTHONS]
    told = [answer for answer in told if answer]
    if any(word in answer for word in UNREACHABLE for answer in told) and not os.environ.get("CI"):
        pytest.skip(f"the package index cannot be reached: {told[0][-200:]}")
    assert not told, "\n".join(told)
