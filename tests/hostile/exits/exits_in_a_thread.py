"""A thread ends the process with status 0, half a second after the start.

Deserves: as wrong
"""

import os
import threading

from plain import app  # noqa: F401

threading.Timer(0.5, os._exit, (0,)).start()
