"""A package workerlab beside app.py, with a server of its own in it.

Deserves: as wrong
"""

from plain import app  # noqa: F401
