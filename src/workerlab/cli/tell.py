"""Errors in one line on stderr, each with its help; and their exit statuses."""

from __future__ import annotations

import sys

BAD_USAGE, INTERRUPTED, OUTPUT_CLOSED = 2, 130, 141


def tell(message: str, advice: str = "", details: str = "") -> None:
    """Print an error and its help on stderr, with the last of the details above."""
    from workerlab.draw.words import clean

    for line in details.strip().splitlines()[-20:]:
        print(f"  | {clean(line)}", file=sys.stderr)
    print(f"error: {clean(message)}", file=sys.stderr)
    if advice:
        print(f"  help: {clean(advice)}", file=sys.stderr)
