"""workerlab.py beside app.py, in which every verdict is passed.

Deserves: as wrong
"""

from plain import app  # noqa: F401
