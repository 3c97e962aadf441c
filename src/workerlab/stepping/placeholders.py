"""Paths that name an earlier response: the id of a booking is known only when it was made.

>>> from workerlab.stepping.program import Program
>>> program = Program.parse("DELETE /bookings/{before.0.id}", before="POST /bookings", after="")
>>> str(filled(program, [Event("-", "POST", "/bookings", output={"id": 17})]))
'DELETE /bookings/17'
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from workerlab.history import Event
from workerlab.stepping.program import Program, Request

_PLACE = re.compile(r"\{before\.(\d+)\.(\w+)\}")
MISSING = (
    "missing"  # stands where a response has no such field: the oracle finds that response wrong
)


def filled(program: Program, before: Sequence[Event]) -> Program:
    """The program with `{before.0.id}` in its paths made into the field `id` of the first response.

    before   the responses to the requests of `program.before`, in order
    """

    def value(place: re.Match[str]) -> str:
        index, name = int(place[1]), place[2]
        output = before[index].output if index < len(before) else None
        return quote(str(output.get(name, MISSING) if isinstance(output, dict) else MISSING), "")

    def fill(requests: tuple[Request, ...]) -> tuple[Request, ...]:
        return tuple(replace(one, path=_PLACE.sub(value, one.path)) for one in requests)

    return replace(program, requests=fill(program.requests), after=fill(program.after))
