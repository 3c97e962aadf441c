"""The submissions as they were taken, kept beside the marks: `DIR/submissions/NAME/DIGEST/lab…`.

What is graded is what lies here, and so is what a later regrade reads. Each is written whole and
never changed; one that was changed by somebody else is not graded.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from workerlab.errors import BadUsage
from workerlab.grading.batch.archives import Refused
from workerlab.grading.batch.contents import in_folder, pieces
from workerlab.grading.batch.folder import file_name
from workerlab.grading.intake.submissions import digest_of

STORE = "submissions"
SHORT = 16  # digits of a digest in a folder's name


class Store:
    """The submissions in a class's folder `out`."""

    def __init__(self, out: Path) -> None:
        self.folder = out / STORE

    def place(self, student: str, digest: str) -> Path:
        """Where a submission lies, or would."""
        return self.folder / file_name(student) / digest[:SHORT]

    def put(self, student: str, digest: str, files: Mapping[PurePosixPath, bytes]) -> Path:
        """Keep a submission, whole or not at all. Raises BadUsage when there is no room."""
        place = self.place(student, digest)
        for old in place.parent.glob(".*.draft"):  # of a grader that was killed
            shutil.rmtree(old, ignore_errors=True)
        if self.whole(student, digest):
            return place
        draft = place.with_name(f".{os.getpid()}.draft")
        try:
            shutil.rmtree(place, ignore_errors=True)
            draft.mkdir(parents=True, mode=0o700)
            for path, data in files.items():
                target = draft / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            os.replace(draft, place)
        except OSError as error:
            with suppress(OSError):
                shutil.rmtree(draft)
            advice = "make room, or name a folder that you may write; the same command goes on"
            raise BadUsage(f"cannot write {place}: {error.strerror}", advice) from error
        return place

    def whole(self, student: str, digest: str) -> bool:
        """Whether a submission is there, as it was when it was taken."""
        try:
            found = in_folder(self.place(student, digest))
            files = {path: b"".join(pieces(path, opener)) for path, opener in found.items()}
        except (Refused, OSError):
            return False
        return digest_of(files) == digest
