"""Ends its process with status 0 while it is imported.

Deserves: nothing
"""

import os

os._exit(0)
