"""Files with holes, longest names, names that are no text, and folders too deep for any path.

Deserves: as wrong
"""

import os

from plain import app  # noqa: F401

for place in (os.environ["WORKERLAB_FOLDER"], "/tmp", "/dev/shm"):
    base = f"{place}/hostile-files_of_odd_shapes-{os.getpid()}"
    try:
        os.mkdir(base)
        here = os.open(base, os.O_RDONLY)
        os.close(os.open("x" * 255, os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(os.open(b"\xff\n\x1b[2J" * 20, os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(os.open("no way in", os.O_CREAT | os.O_WRONLY, 0o000, dir_fd=here))
        holes = os.open("holes", os.O_CREAT | os.O_WRONLY, dir_fd=here)
        try:
            os.truncate(holes, 1 << 40)
        except OSError:
            pass
        os.close(holes)
        for _ in range(300):
            os.mkdir("d" * 200, dir_fd=here)
            below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.chmod(base, 0o000)
    except OSError:
        pass
