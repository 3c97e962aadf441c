"""What the answers to all questions say of each pair, and of the whole service."""

from __future__ import annotations

from collections.abc import Iterable

from workerlab.scouting.records import FOUND, STATUSES, Answer, Survey

__all__ = ["by_pair", "exit_status", "not_asked_at_all", "of_status", "reasons"]

NOTHING_FOUND, RACES, INCONCLUSIVE = 0, 1, 3  # exit statuses


def by_pair(answers: Iterable[Answer]) -> list[Answer]:
    """One answer for each pair: of several, the one that says most (see `STATUSES`), and the first."""
    pairs: dict[str, Answer] = {}
    for answer in answers:
        known = pairs.setdefault(answer["pair"], answer)
        if STATUSES.index(answer["status"]) < STATUSES.index(known["status"]):
            pairs[answer["pair"]] = answer
    return [*pairs.values()]


def of_status(survey: Survey, *statuses: str) -> list[Answer]:
    """The pairs with one of these statuses, races in the order of their lines."""
    return [one for one in by_pair(survey["answers"]) if one["status"] in statuses]


def exit_status(survey: Survey) -> int:
    """1: something was found. 0: nothing was, and each operation was asked, to the end. 3: neither."""
    pairs = by_pair(survey["answers"])
    if any(one["status"] in FOUND for one in pairs):
        return RACES
    unsure = any(one["status"] == "inconclusive" for one in pairs)
    whole = survey["finished"] and not unsure and not not_asked_at_all(survey)
    return NOTHING_FOUND if whole else INCONCLUSIVE


def not_asked_at_all(survey: Survey) -> list[str]:
    """The writing operations of which nothing is known: no pair with them could be asked."""
    asked = {
        operation
        for one in survey["answers"]
        if one["status"] != "not_asked"
        for operation in one["pair"].split(" | ")
    }
    return [one for one in survey["operations"] if one not in asked]


def reasons(answers: Iterable[Answer]) -> dict[str, list[str]]:
    """By reason, the pairs that could not be asked."""
    found: dict[str, list[str]] = {}
    for answer in answers:
        found.setdefault(answer["message"], []).append(answer["pair"])
    return found
