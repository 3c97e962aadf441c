"""What a request and a program may look like as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.conversation import Conversation
from workerlab.stepping.placeholders import filled
from workerlab.stepping.program import Program
from workerlab.stepping.request import Part, Request
from workerlab.stepping.request_text import one_request

PAY = """POST /pay {"text": "a | b", "n": [1, 2]} -H "Idempotency-Key: k 1" -H 'x: "q"'"""


def test_a_request_has_a_body_and_headers():
    request = one_request(PAY)
    assert request.path == "/pay" and request.body == {"text": "a | b", "n": [1, 2]}
    assert request.headers == (("idempotency-key", "k 1"), ("x", '"q"'))


@pytest.mark.parametrize(
    "text",
    [
        PAY,
        "GET /a?b=c",
        "PUT /a -5",
        'GET /a -H "accept: text/html"',
        'PUT /a "b"',
        "START",
        "PUT /a []",
    ],
)
def test_it_is_read_as_it_is_written(text):
    request = one_request(text)
    assert one_request(str(request)) == request


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
        ("then GET /a", "nothing stands before the first `then`"),
        ("START | POST /a then POST /b", "a program with START has no `then`"),
        ("POST /a {} -d x=1", "POST /a has two kinds of body"),
        ("POST /a {} --data-binary x", "POST /a has two kinds of body"),
        ("POST /a --data-binary @nothing", "there is no file nothing for --data-binary of POST /a"),
        ("POST /a -d x", "-d 'x' of POST /a is neither a form's field nor JSON"),
        ("POST /a -F x", "-F 'x' of POST /a is not a form's field"),
        ("POST /a -F f=@nothing", "there is no file nothing for -F of POST /a"),
        ("POST /a -F 'f=x", "-F of POST /a has no whole word behind it"),
        ("POST /a -Z x", "there is no option -Z behind the request POST /a"),
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
    (a, b), answer = (
        (ready.requests[0], ready.after[0]),
        Event("A", "PUT", "/a/7", output={"key": "x/y"}),
    )
    assert Conversation().heard_all([("A", a, answer)]).ready(b).path == "/b/x%2Fy"


def test_what_no_response_has_is_told():
    after = one_request("GET /b/{A.key}")
    talk = Conversation({"A": Event("A", "PUT", "/a/7", output={"id": 1})})
    talk.ready(after)
    (said,) = talk.missing.values()
    assert said == "{A.key} in GET /b/{A.key} names no field of a response; it has id"


def test_values_lie_deep_in_a_response_or_in_its_headers():
    made = Event("-", "POST", "/a", output={"items": [{"id": 3}]}, headers={"etag": '"1"'})
    talk = Conversation({"before.0": made})
    request = one_request(
        "PUT /a/{before.0.items.0.id}?v={before.0.items.0.id} -d n={before.0.items.0.id} "
        """-H "If-Match: {before.0.headers.etag}" """
    )
    ready = talk.ready(request)
    assert (ready.path, ready.form) == ("/a/3?v=3", (("n", "3"),))
    assert ready.headers == (("if-match", '"1"'),)


def test_each_client_keeps_its_cookies():
    talk = Conversation()
    login = one_request("ada: POST /login")
    talk.heard(
        "before.0", login, Event("-", "POST", "/login", headers={"set-cookie": "sid=1; Path=/"})
    )
    assert talk.ready(one_request("ada: GET /mine")).headers == (("cookie", "sid=1"),)
    assert talk.ready(one_request("ada: GET /mine -b a=b")).headers == (("cookie", "sid=1; a=b"),)
    assert talk.ready(one_request("bob: GET /mine")).headers == ()
    out = Event("-", "POST", "/logout", headers={"set-cookie": "sid=; Max-Age=0\nx=1; Path=/deep"})
    talk.heard("before.1", login, out)
    assert talk.ready(one_request("ada: GET /mine")).headers == ()
    assert talk.ready(one_request("ada: GET /deep/er")).headers == (("cookie", "x=1"),)


def test_a_token_of_a_sign_in_is_shown_by_its_client_alone():
    talk = Conversation()
    talk.signed_in(
        one_request("ada: POST /token"), Event("-", "POST", "/token", output={"access_token": "t"})
    )
    assert talk.ready(one_request("ada: GET /a")).headers == (("authorization", "Bearer t"),)
    assert talk.ready(one_request("GET /a")).headers == ()
    own = talk.ready(one_request('ada: GET /a -H "Authorization: Basic x"'))
    assert own.headers == (("authorization", "Basic x"),)
    assert talk.ready(one_request("bob: GET /a?t={ada.access_token}")).path == "/a?t=t"


def test_requests_of_a_program_may_follow_one_another():
    program = Program.parse("POST /a then POST /a/{A.id} | POST /b", before="", after="")
    assert program.follows == {"B": "A"}
    assert Program.parse(str(program), before="", after="") == program


def test_forms_are_written_as_for_curl(tmp_path):
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    request = one_request("""POST /a -d 'a=1&b=x+y' -d "c=d|e" --data-urlencode f=g&h""")
    assert request.form == (("a", "1"), ("b", "x y"), ("c", "d|e"), ("f", "g&h"))
    assert request.encoded()[0] == b"a=1&b=x+y&c=d%7Ce&f=g%26h"
    assert one_request("""POST /a -d '{"n": 1}'""").body == {"n": 1}
    (form,) = Program.parse(
        "POST /a -F 'text=a | b' -F file=@cat.png -F 'note=hi;filename=n.txt;type=text/x'",
        folder=str(tmp_path),
    ).requests
    body, headers = form.encoded()
    assert form.parts[2] == Part("note", "hi", filename="n.txt", kind="text/x")
    assert headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="cat.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in body
    assert b'name="text"\r\n\r\na | b\r\n' in body
    assert one_request(str(form)) == form and form.encoded() == (body, headers)


def test_a_body_is_sent_as_it_stands(tmp_path):
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    request = one_request(
        """PUT /a --data-binary 'a=1 | {before.0.n};type=x' -H 'content-type: text/x'"""
    )
    assert one_request(str(request)) == request
    ready = Conversation({"before.0": Event("-", "GET", "/", output={"n": 7})}).ready(request)
    assert ready.encoded() == (b"a=1 | 7;type=x", {"content-type": "text/x"})
    (file,) = Program.parse("PUT /a --data-binary @cat.png", folder=str(tmp_path)).requests
    assert file.encoded() == (b"\x89PNG", {}) and one_request(str(file)) == file


def test_what_http_does_not_take_is_written_otherwise():
    request = one_request("GET /é?q=a%20b -H 'x: é {before.0.n}'")
    ready = Conversation({"before.0": Event("-", "GET", "/", output={"n": "1\n2"})}).ready(request)
    assert ready.target == "/%C3%A9?q=a%20b"
    assert ready.encoded()[1] == {"x": "Ã© 1 2"}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


@given(
    st.lists(st.tuples(NAME, TEXT), max_size=2),
    st.lists(st.tuples(NAME, TEXT.map(str.strip)), max_size=2),
    st.one_of(st.none(), st.dictionaries(TEXT, TEXT, max_size=2)),
)
def test_any_text_is_read_as_it_is_written(form, headers, body):
    request = Request("POST", "/a", body, tuple(headers), () if body is not None else tuple(form))
    again = Program.parse(f"{request} | GET /b", before="", after="").requests
    assert again == (request, Request("GET", "/b"))
