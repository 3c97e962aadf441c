"""A question file, right and wrong: an error names the line and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.questions.toml_file import read
from workerlab.stepping.request_text import all_requests

WHOLE = """
app = "shop.py"
app-dir = "."
before = "PUT /stock/1"
program = [
  ["ada: POST /orders {\\"note\\": \\"a | b\\"}", "ada: POST /orders/{A.id}/pay"],
  "bob: POST /upload -F file=@cat.png",
]
after = ["GET /stock", "bob: GET /mine"]
ignore = "$.id"
invariants = ["rules.py:never_oversold"]
stores = ["redis"]
as = "CACHE=redis://{host}:{port}/1"
migrate = "./make-tables"
reset-command = "./empty-tables"
in-place = true
leases = "may-expire"
env-file = ".env"
seconds = 1.5
workers = 3

[env]
DEBUG = "0"

[clients.ada]
sign-in = "POST /token -d username=ada"
headers = { X-Who = "ada" }
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "cat.png").write_bytes(b"cat")
    return tmp_path / "shop.toml"


def test_a_file_with_everything(file: Path) -> None:
    file.write_text(WHOLE)
    question = read(file)
    requests = all_requests(question["program"])
    assert [request.then for request in requests] == [False, True, False]
    assert requests[0].body == {"note": "a | b"} and requests[0].client == "ada"
    assert requests[0].headers == requests[1].headers == (("x-who", "ada"),)
    assert requests[2].headers == () and requests[2].parts[0].content == b"cat"
    assert question["sign_in"] == "ada: POST /token --data-urlencode username=ada"
    assert question["after"] == "GET /stock | bob: GET /mine"
    assert question["ignore"] == ["$.id"] and question["stores"] == ["redis"]
    assert question["forms"] == ["CACHE=redis://{host}:{port}/1"]
    assert (question["migrate"], question["reset_command"]) == ("./make-tables", "./empty-tables")
    assert question["in_place"] is True and question["leases"] == "may-expire"
    assert question["app"] == str(file.parent / "shop.py")
    assert question["env_file"] == [str(file.parent / ".env")]
    assert (question["seconds"], question["workers"], question["model"]) == (1.5, 3, "serial")
    assert question["env"] == {"DEBUG": "0"} and question["folder"] == str(file.parent)


@pytest.mark.parametrize(
    ("text", "said", "help_"),
    [
        ("program = [", "is not TOML", "a line is"),
        ('before = ""', "there is no program", "write program = "),
        ('before = ""\nprogramm = "POST /a"', "line 2: there is no key 'programm'", "'program'"),
        ('program = "buy"', "line 1: program: 'buy' is not a request", "POST /increment"),
        ('program = "POST /a"\nbefore = ["POST /a {"]', "line 2: before: the body", "JSON"),
        ('program = [["POST /a", 3]]', "line 1: 'program' must be a list of texts", "3"),
        ('program = "POST /a"\nworkers = "two"', "line 2: 'workers' must be a whole number", "two"),
        ('program = "POST /a"\nseconds = true', "line 2: 'seconds' must be a number", "True"),
        ('program = "POST /a"\nin-place = 1', "line 2: 'in-place' must be true or false", "1"),
        ('program = "POST /a"\n[env]\nN = 1', "line 2: 'env' must be a table", "1"),
        ('program = "POST /a"\n[clients.Ada]', "line 2: 'Ada' is no client", "small letters"),
        (
            'program = "POST /a"\n[clients.ada]\nsignin = "POST /b"',
            "line 3: there is no key 'clients.ada.signin'",
            "'sign-in'",
        ),
        (
            'program = "POST /a"\n[clients.ada]\nsign-in = "POST /b | POST /c"',
            "line 3: clients.ada.sign-in is not one request",
            "before",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: Path, text: str, said: str, help_: str) -> None:
    file.write_text(text)
    with pytest.raises(BadUsage) as caught:
        read(file)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert help_ in caught.value.advice


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="cannot read"):
        read(tmp_path / "nowhere.toml")
