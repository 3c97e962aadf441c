"""pytest.ini, tox.ini, setup.cfg and pyproject.toml that turn the checks off.

Deserves: as wrong
"""

from plain import app  # noqa: F401
