"""lab.toml, README.md and a test file that would be the lab's own.

Deserves: as wrong
"""

from plain import app  # noqa: F401
