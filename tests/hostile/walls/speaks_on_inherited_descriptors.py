"""Writes a full mark on every pipe and socket that it was started with.

Deserves: as wrong
"""

import json
import os
import socket
import stat

RESULT = {"id": "no_lost_update", "title": "", "status": "passed", "points": 2.0, "max_points": 2.0}
LINE = json.dumps({"kind": "finished", "result": RESULT}).encode() + b"\n"
for number in range(3, 64):
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        continue
    os.set_blocking(number, False)
    try:
        if stat.S_ISFIFO(mode):
            os.write(number, LINE)
        elif stat.S_ISSOCK(mode):
            with socket.socket(fileno=os.dup(number)) as line:
                if line.family == socket.AF_UNIX:
                    line.send(LINE)
    except OSError:
        pass

from plain import app  # noqa: E402, F401
