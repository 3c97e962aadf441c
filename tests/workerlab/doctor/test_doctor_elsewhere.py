"""What doctor says on systems and Pythons that this one is not."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import pytest

from workerlab.doctor import probes
from workerlab.doctor.report import ABSENT, WEAK, WORKS, Finding, examine
from workerlab.processes import limits, ports, tree


def row(name: str) -> Finding:
    [examination] = [one for one in probes.EXAMINATIONS if one.name == name]
    return examine(examination)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it all")
def test_on_linux_everything_works() -> None:
    assert (row("system").state, row("system").advice) == (WORKS, "")


def test_on_macos_it_names_what_cannot_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(probes.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: None)
    found = row("system")
    assert found.state == WEAK
    for lack in ("several hosts", "class is not isolated", "lab 06"):
        assert lack in found.found
    assert "docker compose" in found.advice
    assert " on macOS " in row("Python").found
    assert row("a class").state == ABSENT


def test_without_shared_memory_as_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_dir", lambda self: False)
    found = row("/dev/shm")
    assert (found.state, found.found) == (ABSENT, "this system has none")
    assert "only Linux" in found.advice


def test_where_free_memory_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name: n for name, n in os.sysconf_names.items() if name != "SC_AVPHYS_PAGES"}
    monkeypatch.setattr(os, "sysconf_names", names)
    monkeypatch.setattr(probes, "_lines", lambda path: [])
    assert row("memory").state == WORKS
    assert row("memory").found.endswith(" MB in all")


@pytest.mark.parametrize(("enabled", "word"), [(False, "off"), (True, "on again")])
def test_a_free_threaded_python_is_weak(
    monkeypatch: pytest.MonkeyPatch, enabled: bool, word: str
) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1)
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: enabled, raising=False)
    found = row("Python")
    assert found.state == WEAK
    assert f"free-threaded, its GIL is {word}" in found.found
    assert "not tried here" in found.found
    assert "Python with a GIL" in found.advice


def test_a_program_and_memory_from_ps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in /proc and in `ps`, as far as `ps` reports it."""
    usual = tree.name_of(os.getpid())
    monkeypatch.setattr(tree, "has_proc", lambda: False)
    assert tree.name_of(os.getpid()) == usual
    assert tree.program_of(os.getpid())
    assert not tree.is_tracker(os.getpid())
    assert tree.name_of(2**22 + 1) == "?"
    assert limits._resident_from_ps([os.getpid()]) == pytest.approx(
        limits._resident(os.getpid()), rel=0.5
    )


def test_connections_from_lsof(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stub = tmp_path / "lsof"
    stub.write_text(
        "#!/bin/sh\nprintf 'p4711\\nf5\\nn127.0.0.1:8000->127.0.0.1:5001\\nn*:9000\\n'\n"
    )
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert ports._from_lsof(4711) == {(8000, 5001)}
