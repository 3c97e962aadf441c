"""uvicorn.py, gunicorn.py and fastapi.py beside app.py, which end their process.

Deserves: as wrong
"""

from plain import app  # noqa: F401
