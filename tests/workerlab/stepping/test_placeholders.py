"""`{fresh}` is a new number in each run, and the same in all that is compared."""

from __future__ import annotations

import pytest

from workerlab.errors import BadUsage
from workerlab.history import Event, History
from workerlab.stepping.placeholders import filled_request, renewed, without_number
from workerlab.stepping.program import Program
from workerlab.stepping.searching.reference import Reference, times_in

PROGRAM = Program.parse(
    'PUT /a/x{fresh} {"n": "{fresh}", "other": "7{fresh}", "text": "n {fresh}"} -H "Key: {fresh}"',
    before='POST /a {"name": "x{fresh}"}',
    after="GET /a/x{fresh}",
)


def test_it_is_one_number_in_a_run_and_another_in_the_next() -> None:
    (first, number), (second, other) = renewed(PROGRAM), renewed(PROGRAM)
    assert number != other and len(number) == len(other) == 8
    (request,) = first.requests
    assert request.path == f"/a/x{number}" == first.after[0].path
    assert request.body == {"n": int(number), "other": int(f"7{number}"), "text": f"n {number}"}
    assert request.headers == (("key", number),)
    assert first.before[0].body == {"name": f"x{number}"}
    assert second.before[0].body == {"name": f"x{other}"}


def test_a_program_without_it_stays_as_it_is() -> None:
    program = Program.parse("POST /a | POST /a")
    assert renewed(program) == (program, "")


def test_in_what_is_compared_it_is_no_number_again() -> None:
    runs = []
    for program, number in (renewed(PROGRAM), renewed(PROGRAM)):
        asked = program.requests[0]
        output = {number: [asked.body, 3], "path": asked.path}
        event = Event("A", asked.method, asked.path, asked.body, 0.0, 1.0, 200, output)
        runs.append(without_number([event], number))
    assert runs[0] == runs[1]
    assert runs[0][0].output["path"] == "/a/x{fresh}"


def test_a_variable_of_the_environment_is_read_when_the_request_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (request,) = Program.parse('GET /a -H "Authorization: Bearer {env.MY_TOKEN}"').requests
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    assert filled_request(request, {}).headers == (("authorization", "Bearer s3cret"),)
    assert "s3cret" not in str(request)
    monkeypatch.delenv("MY_TOKEN")
    with pytest.raises(BadUsage, match="there is no environment variable MY_TOKEN"):
        filled_request(request, {})


def test_a_client_that_signs_in_may_be_called_env(monkeypatch: pytest.MonkeyPatch) -> None:
    (request,) = Program.parse("GET /{env.token}").requests
    monkeypatch.setenv("token", "ours")
    said = Event("env", "POST", "/token", output={"token": "theirs"})
    assert filled_request(request, {"env": said}).path == "/theirs"


def run(a: int, b: int) -> History:
    at = [("A", a), ("B", b)]
    return History(Event(name, "POST", "/x", None, 0, 1, 200, {"id": id_}, 1) for name, id_ in at)


def test_an_id_that_two_requests_have_got_is_no_right_outcome() -> None:
    reference = Reference(Program.parse("POST /x | POST /x", "", "", "serial"))
    reference.runs = {("A", "B"): run(1, 2), ("B", "A"): run(4, 3)}
    reference.volatile = {("A", 1, "id"), ("B", 1, "id")}
    assert reference.key(run(7, 8)) in reference.right
    assert reference.key(run(7, 7)) not in reference.right


def test_a_moment_near_to_now_is_told_from_other_values() -> None:
    import time
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    value = {
        "at": now.isoformat(timespec="seconds"),
        "ms": time.time() * 1000,
        "s": int(time.time()),
        "list": [str(now)],
        "long ago": "2001-01-01T00:00:00Z",
        "number": 12,
        "word": "a: b",
        "yes": True,
    }
    assert {*times_in(value)} == {("at",), ("ms",), ("s",), ("list", 0)}
