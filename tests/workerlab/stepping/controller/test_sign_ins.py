"""Clients that sign in again: who has signed up is refused to sign up once more, and goes on."""

import pytest

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.controller.sign_ins import SignIns
from workerlab.stepping.program import Program, Request

UP, IN = "POST /users", "POST /login"


def sign_ins(text: str) -> SignIns:
    return SignIns(Program.parse("GET /x", sign_in=text).sign_in)


def ask(request: Request) -> Event:
    """Everybody is known already."""
    status = 409 if request.path == "/users" else 200
    output = {"access_token": "t"} if status == 200 else {"detail": "this name is taken"}
    return Event("-", request.method, request.path, returned=1, status=status, output=output)


@pytest.mark.parametrize("who", ["", "ann: "])
def test_who_has_signed_up_signs_in_again(who: str) -> None:
    sign_ins(f"{who}{UP} | ann: {IN}").send(ask, again=True)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        (f"ann: {UP} | ann: {IN}", False),  # the first time: it is a name that somebody else has
        (f"ann: {UP}", True),
        (f"bob: {UP} | ann: {IN}", True),
        (f"ann: {IN} | {UP}", True),
    ],
)
def test_who_cannot_sign_up_and_does_not_sign_in_is_told(text: str, again: bool) -> None:
    with pytest.raises(BadUsage, match="cannot sign in: POST /users is answered 409"):
        sign_ins(text).send(ask, again=again)
