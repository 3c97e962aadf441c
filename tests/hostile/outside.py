"""What no submission may change: files outside of its sandbox, and what they looked like before."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

DECOYS = {
    ".bashrc": "export EDITOR=vi\n",
    ".ssh/authorized_keys": "ssh-ed25519 AAAA nobody\n",
    ".config/workerlab/progress.json": "{}\n",
    "marks/grades.csv": "student,total\nada,10\n",
}


def make_decoys(home: Path) -> Path:
    """A home folder as somebody who grades may have one; the folder."""
    for name, text in DECOYS.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return home


def fingerprint(*places: Path) -> dict[str, tuple]:
    """Everything below these places: kind, mode, owner, time of change, and what is in it."""
    found = {}
    for place in places:
        found[str(place)] = _of(place)
        for folder, folders, files in os.walk(place):
            for name in (*folders, *files):
                path = Path(folder, name)
                found[os.fsencode(path).decode(errors="replace")] = _of(path)
    return found


def _of(path: Path) -> tuple:
    try:
        told = path.lstat()
    except OSError as error:
        return (type(error).__name__,)
    what = (told.st_mode, told.st_uid, told.st_gid, told.st_size, told.st_mtime_ns, told.st_nlink)
    if stat.S_ISLNK(told.st_mode):
        return (*what, os.readlink(path))
    if stat.S_ISREG(told.st_mode) and told.st_size < 1 << 25:
        try:
            return (*what, hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError:
            pass  # not even we may read it
    return what
