"""Paths that name an answer from before: the id of a booking is known only when it was made.

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
MISSING = "missing"  # stands where an answer has no such field: the judge finds that answer wrong


def filled(program: Program, before: Sequence[Event]) -> Program:
    """The program with `{before.0.id}` in its paths made into the field `id` of the first answer.

    before   what the requests of `program.before` were answered, in order
    """

    def value(place: re.Match[str]) -> str:
        index, name = int(place[1]), place[2]
        output = before[index].output if index < len(before) else None
        return quote(str(output.get(name, MISSING) if isinstance(output, dict) else MISSING), "")

    def fill(requests: tuple[Request, ...]) -> tuple[Request, ...]:
        return tuple(replace(one, path=_PLACE.sub(value, one.path)) for one in requests)

    return replace(program, requests=fill(program.requests), after=fill(program.after))
