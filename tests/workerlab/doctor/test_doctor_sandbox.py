"""doctor's row "a class": whether submissions are isolated here, and else the help."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sandboxes import needed

from workerlab.doctor.probes import EXAMINATIONS
from workerlab.doctor.report import ABSENT, WORKS, Finding, examine
from workerlab.grading.batch import isolation


@pytest.fixture(autouse=True)
def no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if outside of a container, wherever these tests run."""
    monkeypatch.setattr(isolation, "CONTAINER", ())


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A bubblewrap that may make no namespace."""
    stub = tmp_path / "bwrap"
    stub.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    isolation._tried.cache_clear()
    yield
    isolation._tried.cache_clear()


def row() -> Finding:
    [examination] = [one for one in EXAMINATIONS if one.name == "a class"]
    return examine(examination)


def test_where_it_works_it_was_tried_out() -> None:
    needed()
    found = row()
    assert found.state == WORKS and found.advice == ""
    assert found.found.startswith("submissions are isolated by bubblewrap (bubblewrap ")


def test_without_bubblewrap_it_names_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = row()
    assert found.state == ABSENT and not found.required, "one may grade without it"
    assert found.found == "submissions are not isolated: bubblewrap is not installed"
    assert found.advice == "apt install bubblewrap"


def test_where_namespaces_are_forbidden_it_says_what_allows_them(refused: None) -> None:
    found = row()
    assert found.state == ABSENT
    assert "not isolated: bwrap: No permissions to create new namespace" in found.found
    assert found.advice.startswith("allow user namespaces: as root, sysctl -w kernel.")


def test_in_a_container_it_sends_to_the_flags(
    refused: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / ".dockerenv"
    mark.touch()
    monkeypatch.setattr(isolation, "CONTAINER", (str(mark),))
    found = row()
    assert found.found.endswith("; the container is the boundary")
    assert "docker/grader/Dockerfile" in found.advice
    assert "--cap-add" in (Path(__file__).parents[3] / "docker/grader/Dockerfile").read_text()
