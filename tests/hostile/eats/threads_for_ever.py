"""Starts threads until it is refused (or has 3,000).

Deserves: as wrong
"""

import threading
import time

from plain import app  # noqa: F401

threading.stack_size(64 * 1024)
for _ in range(3000):
    try:
        threading.Thread(target=time.sleep, args=(120,), daemon=True).start()
    except (RuntimeError, MemoryError):
        break
