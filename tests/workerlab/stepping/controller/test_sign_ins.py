"""Clients that sign in again: who has signed up is refused to sign up once more, and goes on."""

from functools import partial

import pytest

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.controller.sign_ins import SignIns
from workerlab.stepping.program import Program, Request

UP, IN = "POST /users", "POST /login"


def sign_ins(text: str) -> SignIns:
    return SignIns(Program.parse("GET /x", sign_in=text).sign_in)


def ask(request: Request, refused: int = 409) -> Event:
    """Everybody is known already."""
    status = refused if request.path == "/users" else 200
    output = {"access_token": "t"} if status == 200 else {"detail": "this name is taken"}
    return Event("-", request.method, request.path, returned=1, status=status, output=output)


@pytest.mark.parametrize("who", ["", "ann: "])
@pytest.mark.parametrize("refused", [409, 500], ids=["by the app", "by its database alone"])
def test_who_has_signed_up_signs_in_again(who: str, refused: int) -> None:
    sign_ins(f"{who}{UP} | ann: {IN}").send(partial(ask, refused=refused), again=True)


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
