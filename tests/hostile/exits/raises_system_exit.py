"""Raises SystemExit(0) while it is imported.

Deserves: nothing
"""

raise SystemExit(0)
