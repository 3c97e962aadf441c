"""The last exception that an app's log tells of, in a few words."""

import re

_FILE = re.compile(r'  File "(.+)", line (\d+), in ')
_ERROR = re.compile(
    r"([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Group)?)(?:: (.*))?$"
)
_LIBRARIES = (
    "/site-packages/",
    "/lib/python",
    *(f"/workerlab/{room}/" for room in ("processes", "servers", "stepping")),
)


def last_exception(log: str) -> str:
    """(KeyError: 'a', in app.py, line 7), or "" when the log has no traceback.

    The line is the app's own last one.
    """
    _, found, text = log.rpartition("Traceback (most recent call last):")
    if not found:
        return ""
    where = what = ""
    for line in text.splitlines():
        if place := _FILE.match(line):
            # A compiled module names its source by a path from nowhere: asyncpg/protocol.pyx.
            if place[1].startswith("/") and not any(part in place[1] for part in _LIBRARIES):
                where = f", in {place[1].rpartition('/')[2]}, line {place[2]}"
        elif line and not line.startswith(" ") and _ERROR.match(line) and not what:
            what = line.strip()
    return f" ({what[:160]}{where})" if what else ""
