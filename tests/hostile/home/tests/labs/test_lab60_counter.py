"""Graded checks of a lab for attacks only: the standard ones of a counter, the cheapest first."""

from __future__ import annotations

from workerlab.grading import check
from workerlab.contracts import counter_checks as counter
from workerlab.contracts.counter import mixed_requests, every_response_fits

THREE = ("What?", "How?", "So.")


@check("starts", title="It starts", points=1, quick=True, hints=THREE)
def test_starts(server, tried):
    counter.starts(server, tried)


@check("follows_the_contract", title="It answers", points=1, quick=True, hints=THREE)
def test_follows_the_contract(server, tried):
    counter.follows_the_contract(server, tried)


@check("one_object_for_all_workers", title="One count", points=2, quick=True, hints=THREE)
def test_one_object_for_all_workers(server, tried):
    counter.one_object_for_all_workers(server, tried)


@check("no_lost_update", title="All count", points=2, quick=True, hints=THREE)
def test_no_lost_update(search):
    counter.no_lost_update(search)


@check("every_answer_fits_one_order", title="A burst", points=2, hints=THREE)
def test_every_answer_fits_one_order(search, server, tried):
    counter.no_schedule_breaks_the_order(search)
    every_response_fits(server, mixed_requests(120), clients=20, tried=tried)


@check("survives_a_killed_worker", title="A kill", points=1, hints=THREE)
def test_survives_a_killed_worker(crash):
    crash("POST /increment", before="POST /reset", after="GET /report", deadline=12)


@check("leaves_nothing_behind", title="Nothing stays", points=1, hints=THREE)
def test_leaves_nothing_behind(server, tried):
    counter.leaves_nothing_behind(server, tried)
