"""A conftest.py that makes every check pass.

Deserves: as wrong
"""

from plain import app  # noqa: F401
