"""sitecustomize.py and usercustomize.py that end every Python with status 0.

Deserves: as wrong
"""

from plain import app  # noqa: F401
