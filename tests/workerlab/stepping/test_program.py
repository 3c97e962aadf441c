"""What a request and a program may look like as text."""

import pytest

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.placeholders import filled, filled_after, unknown_field
from workerlab.stepping.program import Program, Request

PAY = """POST /pay {"text": "a | b", "n": [1, 2]} -H "Idempotency-Key: k 1" -H 'x: "q"'"""


def test_a_request_has_a_body_and_headers():
    request = Request.parse(PAY)
    assert request.path == "/pay" and request.body == {"text": "a | b", "n": [1, 2]}
    assert request.headers == (("idempotency-key", "k 1"), ("x", '"q"'))


@pytest.mark.parametrize(
    "text", [PAY, "GET /a?b=c", 'GET /a -H "accept: text/html"', 'PUT /a "b"', "START", "PUT /a []"]
)
def test_it_is_read_as_it_is_written(text):
    request = Request.parse(text)
    assert Request.parse(str(request)) == request


def test_a_bar_in_a_text_ends_no_request():
    program = Program.parse(f"{PAY} | GET /n|{PAY}|", before="|POST /a", after="")
    assert [request.method for request in program.requests] == ["POST", "GET", "POST"]
    assert [request.path for request in program.before] == ["/a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("increment", "'increment' is not a request"),
        ("POST /a {", "the body '{' is not JSON"),
        ("POST /a {} more", "'more' stands behind the request POST /a"),
        ('POST /a -H "no colon"', "stands behind the request POST /a"),
        ("GET /a | increment", "'increment' is not a request"),
    ],
)
def test_what_is_no_request_is_refused(text, said):
    with pytest.raises(BadUsage, match="^") as caught:
        Program.parse(text)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_fields_of_earlier_responses():
    program = Program.parse(
        'PUT /a/{before.0.id} {"id": "{before.0.id}", "t": ["n {before.0.id}"]} -H "k: {before.0.id}"',
        before="POST /a",
        after="GET /b/{A.key}",
    )
    ready = filled(program, [Event("-", "POST", "/a", output={"id": 7})])
    (request,) = ready.requests
    assert (request.path, request.body) == ("/a/7", {"id": 7, "t": ["n 7"]})
    assert request.headers == (("k", "7"),)
    answered = [Event("A", "PUT", "/a/7", output={"key": "x/y"})]
    assert filled_after(ready.after[0], answered).path == "/b/x%2Fy"
    assert unknown_field(ready.after[0], [], answered) == ""
    said = unknown_field(ready.after[0], [], [Event("A", "PUT", "/a/7", output={"id": 1})])
    assert said == "{A.key} in GET /b/{A.key} names no field of a response; it has id"
