"""The sink of lab 18 notes each call, and answers as a check wants it to."""

import os

import httpx
import pytest

from workerlab.contracts.once.sink import ACCEPT, DROP, DROP_ACCEPTED, FAIL, HANG, Sink


@pytest.fixture
def sink():
    with Sink(lambda: [os.getpid()]) as sink:
        yield sink


def call(sink, job, epoch):
    return httpx.post(sink.url, json={"id": job, "epoch": epoch}, timeout=30).status_code


def test_an_epoch_that_is_not_above_all_seen_is_refused(sink):
    assert [call(sink, 7, epoch) for epoch in (1, 5, 4, 6)] == [200, 200, 409, 200]
    assert call(sink, "other", 2) == 200
    assert [(one.epoch, one.fresh, one.pid) for one in sink.of("7")] == [
        (1, True, os.getpid()), (5, True, os.getpid()), (4, False, os.getpid()), (6, True, os.getpid()),
    ]  # fmt: skip
    assert sink.faults == []


def test_an_epoch_counts_as_seen_whatever_was_answered(sink):
    sink.answers = lambda one: (FAIL, DROP, DROP_ACCEPTED, ACCEPT)[one.number]
    assert call(sink, 1, 10) == FAIL
    for epoch in (11, 12):
        with pytest.raises(httpx.RemoteProtocolError):
            call(sink, 1, epoch)
    assert call(sink, 1, 12) == 409
    assert sink.faults == ["Two calls of one job carried the same epoch: job 1, epoch 12."]
    assert [one.accepted for one in sink.of("1")] == [False, False, True, False]


def test_a_call_hangs_until_its_worker_hangs_up(sink):
    sink.answers = lambda one: HANG
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(sink.url, json={"id": 1, "epoch": 1}, timeout=0.3)
    (one,) = sink.of("1")
    assert sink.wait_until(lambda: not one.hangs, 30)
    assert one.ended >= one.answered + 0.2


def test_a_call_on_its_way_has_not_arrived(sink):
    sink.on_way = lambda one: sink.on_way_calls.append(len(sink.calls))
    sink.on_way_calls = []
    call(sink, 1, 1)
    assert sink.on_way_calls == [0] and len(sink.calls) == 1


@pytest.mark.parametrize(
    "body", [{"id": 1}, {"id": 1, "epoch": "1"}, {"id": 1, "epoch": 2**53}, {"id": 1, "epoch": 0},
             {"id": 1, "epoch": True}, {"id": None, "epoch": 1}, [1, 1]],
)  # fmt: skip
def test_a_call_that_is_none_is_a_fault(sink, body):
    assert httpx.post(sink.url, json=body, timeout=30).status_code == 422
    assert len(sink.faults) == 1 and sink.calls == []


def test_another_address_or_method_is_a_fault(sink):
    httpx.post(sink.url.partition("?")[0], json={"id": 1, "epoch": 1}, timeout=30)
    assert httpx.put(sink.url, json={"id": 1, "epoch": 2}, timeout=30).status_code == 405
    assert len(sink.faults) == 2


def test_it_takes_a_body_in_chunks_and_refuses_for_a_while(sink):
    pieces = iter([b'{"id": 1, ', b'"epoch": 3.0}'])
    headers = {"content-type": "application/json"}
    with httpx.Client(timeout=30) as client:
        assert client.post(sink.url, content=pieces, headers=headers).status_code == 200
        with sink.refusing(), pytest.raises(httpx.TransportError):
            client.post(sink.url, json={"id": 1, "epoch": 4})
        assert client.post(sink.url, json={"id": 1, "epoch": 5}).status_code == 200
    assert [one.epoch for one in sink.of("1")] == [3, 5]
