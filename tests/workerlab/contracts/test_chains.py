"""What a chain has waited for a processor: each link of it, and not who plays other scenes."""

from __future__ import annotations

import os

import pytest

from workerlab.contracts.once import patience
from workerlab.contracts.once.patience import Chains, Look

HERE, WORKER = os.getpid(), 4_000_001
Waits = dict[int, dict[str, float]]  # seconds, by process and thread


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """How long each thread has waited; the test changes it."""
    told: Waits = {HERE: {str(number): 0.0 for number in range(1, 21)}, WORKER: {"31": 0.0}}
    monkeypatch.setattr(
        patience, "threads", lambda pid: [(n, (0.0, waited)) for n, waited in told[pid].items()]
    )
    return told


def waited(waits: Waits, inside: set[int] | None, since: Waits) -> float:
    """What a chain counts when threads have waited so much longer."""
    before = Look([WORKER], inside)
    for pid, threads in since.items():
        waits[pid] |= threads
    return Look([WORKER], inside).since(before)


def test_each_thread_of_the_workers_counts(waits: Waits) -> None:
    waits[WORKER]["32"] = 0.5
    assert waited(waits, None, {WORKER: {"31": 0.2, "32": 0.8}}) == pytest.approx(0.5)


def test_of_many_threads_of_ours_the_most_delayed_four_count(waits: Waits) -> None:
    since = {HERE: {str(number): number / 10 for number in range(1, 21)}}
    assert waited(waits, None, since) == pytest.approx(1.7 + 1.8 + 1.9 + 2.0)


def test_those_that_are_in_the_chain_count_and_one_more_that_may_keep_them_waiting(
    waits: Waits,
) -> None:
    since = {HERE: {str(number): number / 10 for number in range(1, 21)}, WORKER: {"31": 1.0}}
    assert waited(waits, {1, 2}, since) == pytest.approx(0.1 + 0.2 + 2.0 + 1.0)


def test_a_thread_that_has_come_since_counts_from_its_beginning(waits: Waits) -> None:
    assert waited(waits, None, {WORKER: {"33": 0.4}}) == pytest.approx(0.4)


def test_a_chain_whose_threads_are_known_begins_with_a_look_of_its_own(waits: Waits) -> None:
    for inside, counted in ((None, 0.3), (lambda: {1}, 0.0)):
        waits[WORKER]["31"] = 0.0
        chains = Chains(lambda: [WORKER], inside)
        chains.look()
        waits[WORKER]["31"] = 0.3  # before the chain began, and after the last look
        assert chains.begin().not_given() == pytest.approx(counted)


def test_a_deadline_is_later_by_what_was_waited_and_has_an_end(waits: Waits) -> None:
    chain = Chains(lambda: [WORKER], lambda: {1}).begin()
    assert not chain.passed(60.0)
    chain._began -= 61.0
    assert chain.passed(60.0)
    waits[WORKER]["31"] = 2.0
    assert not chain.passed(60.0)
    waits[WORKER]["31"] = 1e9
    assert not chain.passed(60.0)
    chain._began -= 60.0 * patience.MOST_TIMES
    assert chain.passed(60.0)
