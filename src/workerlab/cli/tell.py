"""What goes wrong, in one line on stderr with its help; and the exit statuses that go with it."""

from __future__ import annotations

import sys

BAD_USAGE, INTERRUPTED, OUTPUT_CLOSED = 2, 130, 141


def tell(message: str, advice: str = "", details: str = "") -> None:
    """Say on stderr what is wrong and what helps; the last of the details above it."""
    from workerlab.draw.words import clean

    for line in details.strip().splitlines()[-20:]:
        print(f"  | {clean(line)}", file=sys.stderr)
    print(f"error: {clean(message)}", file=sys.stderr)
    if advice:
        print(f"  help: {clean(advice)}", file=sys.stderr)
