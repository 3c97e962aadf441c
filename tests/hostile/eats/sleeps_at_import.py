"""Sleeps for ever while it is imported.

Deserves: nothing
"""

import time

time.sleep(3600)
