"""A literal that Python computes while it compiles, and brackets too deep for its parser.

Deserves: nothing
"""

for source in ("(" * 100_000, "-" * 100_000 + "1", "[" * 5000 + "]" * 5000):
    try:
        compile(source, "deep", "eval")
    except (SyntaxError, MemoryError, RecursionError):
        pass
number = 9 ** (9**9)
