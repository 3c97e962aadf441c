"""typing.py, os.py and sys.py beside app.py, which end their process.

Deserves: as wrong
"""

from plain import app  # noqa: F401
