"""Graded checks of a lab for attacks on stores: two of a counter, and the grader's own questions."""

from __future__ import annotations

import pytest

from workerlab.grading import check
from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import each_worker
from workerlab.grading.creators import all_create_at_once
from workerlab.grading.staging import private_services

THREE = ("What?", "How?", "So.")


@pytest.fixture(scope="module")
def private(lab):
    with private_services(lab) as private:
        yield private


@pytest.fixture(scope="module")
def services(private):
    return private.env


@pytest.fixture(scope="module")
def server(launch):
    """One for all: a start takes its time where many attack."""
    with launch() as server:
        yield server


@check("starts", title="It starts", points=1, quick=True, hints=THREE)
def test_starts(server, tried):
    counter.starts(server, tried)


@check("the_graders_own", title="The grader may ask its database", points=1, hints=THREE)
def test_the_graders_own(server, private, tried):
    """As lab 10 does it: as a superuser, in the app's own database, while the app is there."""
    url, by = private.env["DATABASE_URL"], private.admin["postgres"]
    for _ in range(2):
        once = all_create_at_once(url, 2, by=by, app=server.tree, stores=private.pids)
        with once, each_worker(server, tried) as workers:
            for worker in workers:
                worker.report()
    counter.one_object_for_all_workers(server, tried)


@check("one_object_for_all_workers", title="One count", points=1, hints=THREE)
def test_one_object_for_all_workers(server, tried):
    counter.one_object_for_all_workers(server, tried)
