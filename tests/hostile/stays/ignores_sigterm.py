"""Ignores every signal that can be ignored, and says so again all the time.

Deserves: as wrong
"""

import signal

from plain import app


def ignore() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass


@app.middleware("http")
async def stubborn(request, call_next):
    ignore()
    return await call_next(request)
