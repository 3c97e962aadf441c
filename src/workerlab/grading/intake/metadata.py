"""What platforms write beside submissions: names, e-mail addresses and times.

Gradescope   submission_metadata.yml
Moodle       the grading worksheet of an assignment (a CSV), in the languages of `moodle_words`
Canvas       the export of the gradebook (a CSV)
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.intake.moodle_words import LANGUAGES, PARTICIPANT, time_of
from workerlab.grading.intake.people import Person, Sender

DELIMITERS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
METADATA = "submission_metadata.yml"
MOST_OF_A_LIST = 20_000_000  # bytes of a CSV: no class has more
MOST = 200_000_000  # bytes; a class of thousands, with results and history, has a tenth of that


def gradescope(path: Path) -> dict[str, Sender]:
    """Who sent each folder, by the folder's name. Raises BadUsage when it cannot be read."""
    import yaml  # comes with uvicorn[standard]

    def plain(loader: Any, tag: str, node: Any) -> object:
        """A value of one of Ruby's own classes, as what it is made of."""
        match node:
            case yaml.MappingNode():
                return loader.construct_mapping(node, deep=True)
            case yaml.SequenceNode():
                return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader: Any = type("Loader", (yaml.SafeLoader,), {})  # noqa: N806 (a class)
    Loader.add_multi_constructor("!", plain)
    try:
        if path.stat().st_size > MOST:
            raise ValueError("it is too large")
        read = yaml.load(path.read_bytes(), Loader)  # noqa: S506 (a safe loader, with plain values)
        return {
            name: _sender(name, dict(entry))
            for name, entry in dict(read).items()
            if isinstance(name, str) and isinstance(entry, Mapping)
        }
    except (yaml.YAMLError, OSError, ValueError, TypeError, RecursionError) as error:
        advice = "download it from Gradescope again, or take it out of the folder"
        raise BadUsage(f"cannot read {path}: {clean(error, 120)}", advice) from error


def _sender(name: str, entry: dict[str, Any]) -> Sender:
    people = [_person(one) for one in _value(entry, "submitters") or () if isinstance(one, Mapping)]
    who = Sender(name, "gradescope", tuple(people))
    return replace(who, submitted=_time(_value(entry, "created_at")))


def _person(entry: Mapping[str, Any]) -> Person:
    words = {key: str(_value(entry, key) or "") for key in ("name", "email", "sid")}
    return Person(words["name"], words["email"], words["sid"])


def _value(entry: Mapping[str, Any], key: str) -> Any:
    """A value by its key, which Ruby writes with a colon in front."""
    return entry.get(f":{key}", entry.get(key))


def _time(value: object) -> str:
    """A time as ISO 8601, in whole seconds; "" when there is none."""
    if isinstance(value, Mapping):  # Ruby's time with its zone
        value = value.get("time", value.get("utc"))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return ""


def lists(path: Path) -> dict[tuple[str, str], Sender]:
    """The students whom a CSV of Moodle or Canvas lists, by platform and number; {} for any other."""
    if path.suffix.lower() != ".csv" or path.stat().st_size > MOST_OF_A_LIST:
        return {}
    text = _text(path.read_bytes())
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return {}
    listed: dict[tuple[str, str], Sender] = {}
    for row in rows:
        words = {str(key): value.strip() for key, value in row.items() if isinstance(value, str)}
        if sender := _moodle(words) or _canvas(words):
            listed[sender.platform, sender.people[0].id] = sender
    return listed


def _text(raw: bytes) -> str:
    """A CSV's text: UTF-8, UTF-16 with its mark, or the code of Windows in Western Europe."""
    for code in ("utf-16",) if raw.startswith(UTF_16) else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(code)
        except UnicodeDecodeError:
            continue
    return ""


def _moodle(row: dict[str, str]) -> Sender | None:
    words = next((one for one in LANGUAGES if one.identifier in row and one.grade in row), None)
    number = words and PARTICIPANT.fullmatch(row[words.identifier])
    if not words or not number:
        return None
    person = Person(row.get(words.full, ""), row.get(words.email, ""), number["id"])
    return Sender(number["id"], "moodle", (person,), time_of(row.get(words.submitted, "")))


def _canvas(row: dict[str, str]) -> Sender | None:
    """A student of Canvas: "Lovelace, Ada" is Ada Lovelace."""
    number, login = row.get("ID", ""), row.get("SIS Login ID", "")
    if "Student" not in row or not number.isdigit():
        return None
    last, _, first = row["Student"].partition(", ")
    person = Person(f"{first} {last}".strip(), login if "@" in login else "", number)
    return Sender(number, "canvas", (person,))
