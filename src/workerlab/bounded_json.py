"""Reading an app's responses, which may be endless, dripping, or nested without end."""

from __future__ import annotations

import json
import time
from http.client import HTTPException, HTTPResponse
from typing import Any

LONGEST_RESPONSE = 1_000_000  # bytes; a body without an end must not fill the memory
PIECE = 65_536
MOST_DIGITS = 1000  # of a number: Python writes none that has more than 4,300


def read_response(response: HTTPResponse, seconds: float = 10.0) -> bytes:
    """The whole body of a response.

    Raises HTTPException when it is longer than LONGEST_RESPONSE, TimeoutError when it is not there
    within `seconds`, and what a connection raises; the connection cannot be used again then.
    """
    until, body = time.monotonic() + seconds, bytearray()
    while piece := response.read1(PIECE):
        body += piece
        if len(body) > LONGEST_RESPONSE:
            raise HTTPException(f"the answer is longer than {LONGEST_RESPONSE // 10**6} MB")
        if time.monotonic() > until:
            raise TimeoutError(f"the answer was not complete after {seconds:g} s")
    response.close()  # read1() leaves it open, and the connection would take no next request
    return bytes(body)


def loaded(body: str | bytes) -> object:
    """The value of a JSON text.

    Raises ValueError, also for one that is nested too deeply or has a number without end.
    """
    try:
        return json.loads(body, parse_int=_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def json_or_text(body: bytes) -> Any:
    """The value of a body's JSON; its text where it is none."""
    text = body.decode(errors="replace")
    try:
        return loaded(text)
    except ValueError:
        return text


def _number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number with too many digits")
    return int(digits)
