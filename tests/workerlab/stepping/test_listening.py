"""Clients that listen while requests run: all get every message, once."""

from __future__ import annotations

import pytest

from workerlab import explore
from workerlab.errors import BadUsage
from workerlab.questions.toml_file import read
from workerlab.stepping.controller.listening import CALM_S, SHORT_S, Audience, Heard, Listener
from workerlab.stepping.program import Program
from workerlab.stepping.request import Request

APP = """
import asyncio
import os

from fastapi import FastAPI, Header, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

app = FastAPI()
FAULT = os.environ.get("FAULT")
clients: list[WebSocket] = []


async def say(text):
    for client in [*clients]:
        if FAULT == "waits between":  # and another message overtakes it: that is no fault
            await asyncio.sleep(0)
        await client.send_json({"text": text})


@app.websocket("/rooms/{room}")
async def room(client: WebSocket, room: str, x_key: str = Header("")):
    if x_key == "none":
        await client.close()
        return
    await client.accept()
    clients.append(client)
    try:
        while True:
            await client.receive_text()
    except WebSocketDisconnect:
        clients.remove(client)


@app.get("/here")
async def here():
    return {"here": len(clients)}


said = []


@app.post("/tell/{text}")
async def tell(text: str):
    said.append(text)
    await asyncio.sleep(0.005)
    if FAULT == "loses a beside b" and text == "a" and said[-1] == "b":
        return {"said": text}
    await say(text)
    return {"said": text}


@app.get("/clock")
async def clock():
    async def ticks():
        for number in range(3):
            yield f": comment\\ndata: {{\\ndata: \\"tick\\": {number}}}\\n\\n"
        await asyncio.sleep(3600)

    return StreamingResponse(ticks(), media_type="text/event-stream")
"""
TELL = {"program": "POST /tell/a | POST /tell/b", "after": "", "listen": "WS /rooms/1"}


@pytest.fixture
def asked(tmp_path):
    file = tmp_path / "app.py"
    file.write_text(APP)

    def ask(fault="", **question):
        options = {"model": "serial", "before": "", "seconds": 1.0, "env": {"FAULT": fault}}
        return explore(file, **options | question)

    return ask


@pytest.mark.further
def test_each_worker_has_its_own_clients(asked):
    verdict = asked(**TELL)
    assert verdict.status == "failed"
    assert "the workers disagree, without any race" in verdict.message
    assert 'listener: [{"text": "a"}]; on one worker: ' in verdict.message
    assert 'listener: [{"text": "a"}, {"text": "b"}]' in verdict.message


@pytest.mark.nightly
def test_on_one_worker_all_hear_everything_in_whatever_order(asked):
    verdict = asked("waits between", **TELL, workers=1, schedules=12)
    assert verdict.status == "passed", verdict.message


@pytest.mark.further
def test_a_message_is_lost_beside_another(asked):
    verdict = asked("loses a beside b", **TELL, workers=1)
    assert verdict.status == "failed"
    assert 'a listener hears [{"text": "b"}]' in verdict.message
    assert verdict.evidence["listen"] == "WS /rooms/1"


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("listen", "reason"),
    [
        ("WS /rooms/2 -H 'X-Key: none'", "nobody can listen: WS /rooms/2"),
        ("WS /nowhere", "nobody can listen: WS /nowhere is answered 403"),
        ("SSE /nowhere", "nobody can listen: SSE /nowhere is answered 404"),
    ],
)
def test_a_client_that_is_not_let_in_decides_nothing(asked, listen, reason):
    verdict = asked(**TELL | {"listen": listen}, workers=1)
    assert verdict.status == "inconclusive"
    assert reason in verdict.message


@pytest.mark.nightly
def test_nobody_hears_of_what_is_asked(asked):
    verdict = asked(**TELL | {"program": "GET /here | GET /here"}, workers=1)
    assert verdict.status == "inconclusive"
    assert "WS /rooms/1, is sent nothing" in verdict.message


@pytest.mark.nightly
def test_events_are_read_as_a_browser_reads_them(asked):
    verdict = asked(
        program="GET /here | GET /here", after="", listen="SSE /clock", workers=1, schedules=4
    )
    assert verdict.status == "passed", verdict.message


@pytest.mark.parametrize(
    ("program", "listen", "said"),
    [
        ("WS /rooms/1", "", "WS /rooms/1 has no one response"),
        ("GET /here", "GET /clock", "GET /clock is not a client that listens"),
        ("GET /here", 'WS /rooms/1 {"a": 1}', "is not a client that listens"),
        ("START | GET /here", "WS /rooms/1", "a program with START has no listener"),
    ],
)
def test_what_cannot_be_asked_is_refused(program, listen, said):
    with pytest.raises(BadUsage, match=said):
        Program.parse(program, before="", after="", model="serial", listen=listen)


def test_a_question_file_names_who_listens(tmp_path):
    file = tmp_path / "room.toml"
    file.write_text('listen = ["WS /rooms/1", "SSE /clock"]\nprogram = "POST /say/a"\n')
    question = read(file)
    assert question["listen"] == "WS /rooms/1 | SSE /clock"
    names = Program.parse(
        question["program"], before="", after="", listen=question["listen"]
    ).listener_names
    assert names == ["listener 1", "listener 2"]


def waits_for(heard: Heard, messages: list[object], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The silences that a whole run waits for, whose one listener has had these messages."""
    waited: list[float] = []
    one = Listener("listener", Request("WS", "/rooms/1"), 1, None)
    one.messages = messages
    monkeypatch.setattr(Audience, "_wait", lambda _, seconds: waited.append(seconds))
    Audience([one], lambda: True, heard, lambda: 1).events()
    return waited


def test_what_ended_an_earlier_run_is_not_waited_for_as_long(monkeypatch):
    heard = Heard()
    assert waits_for(heard, ["hi"], monkeypatch) == [CALM_S]
    assert waits_for(heard, ["hi", "ho"], monkeypatch) == [SHORT_S]  # all that ever came
    assert waits_for(heard, ["hi"], monkeypatch) == [SHORT_S]  # as the first run ended
    assert waits_for(heard, ["ho"], monkeypatch) == [SHORT_S, CALM_S]  # perhaps one is missing
    assert waits_for(heard, ["ho"], monkeypatch) == [SHORT_S]


def test_where_messages_are_slow_each_run_waits_for_them(monkeypatch):
    heard = Heard(slowest=CALM_S / 2)
    assert waits_for(heard, ["hi"], monkeypatch) == [CALM_S]
