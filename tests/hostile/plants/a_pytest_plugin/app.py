"""A pytest plugin with an entry point, and files that ask for it.

Deserves: as wrong
"""

from plain import app  # noqa: F401
