"""json.py, redis.py and typing.py beside app.py, which count as they like.

Deserves: as wrong
"""

from plain import app  # noqa: F401
