"""Signals its own process group and everybody in its session, but itself.

Deserves: as wrong
"""

import os
import signal

from plain import app  # noqa: F401

signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.killpg(os.getpgrp(), signal.SIGTERM)
os.killpg(os.getpgrp(), signal.SIGKILL)
