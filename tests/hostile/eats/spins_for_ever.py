"""Keeps a processor busy for ever while it is imported, in a loop that holds the GIL.

Deserves: nothing
"""

while True:
    pass
