"""What a tool reported, in the same words for each of them."""

from __future__ import annotations

from dataclasses import dataclass

from bounded import Ran

LONGEST_WORDS = 200


@dataclass(frozen=True)
class Outcome:
    """One submission's.

    score    None when there is none
    status   the tool's own word for it, or "failed" when it reported nothing for the submission,
             "endless" when we had to end it
    words    the last thing that it said about the submission, shortened
    """

    score: float | None
    maximum: float
    status: str
    words: str = ""


@dataclass(frozen=True)
class Grading:
    """A class that was graded: how the command went, and an outcome for each student."""

    ran: Ran
    outcomes: dict[str, Outcome]

    @property
    def scores(self) -> dict[str, float | None]:
        """Each student's part of all points, from 0 to 1; None without a result."""
        return {
            student: None if one.score is None else round(one.score / one.maximum, 3)
            for student, one in self.outcomes.items()
        }


def last_words(text: str, *wanted: str) -> str:
    """The last line that is not blank, and has one of these words when any is given."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fitting = [line for line in lines if not wanted or any(word in line for word in wanted)]
    return fitting[-1][:LONGEST_WORDS] if fitting else ""
