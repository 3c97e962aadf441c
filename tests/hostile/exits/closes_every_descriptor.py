"""Closes every descriptor that it has: the socket, the log, the lifeline.

Deserves: as wrong
"""

import os

from plain import app  # noqa: F401

os.closerange(0, 4096)
