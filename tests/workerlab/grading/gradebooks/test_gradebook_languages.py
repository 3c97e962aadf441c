"""Moodle's files in the languages and codes in which people have them: the same marks in each."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from gradebook_class import write_class

from workerlab.errors import BadUsage
from workerlab.grading.gradebooks.exporting import export
from workerlab.grading.gradebooks.matching import match
from workerlab.grading.gradebooks.moodle import MOODLE
from workerlab.grading.gradebooks.roster import read
from workerlab.grading.intake.metadata import lists
from workerlab.grading.intake.moodle_words import ENGLISH, FRENCH, GERMAN, LANGUAGES, SPANISH, Words
from workerlab.grading.result import FAILED, PASSED

ADA = "Ada Lovelace_1234567_assignsubmission_file"
STUDENTS = {ADA: (PASSED,) * 4, "zoe@example.edu": (PASSED, PASSED, PASSED, FAILED)}
PARTICIPANTS = {"Identifier": "Participant ", "ID": "Teilnehmer/in", "Identifiant": "Participant"}
TIMES = {
    "Identifier": "Monday, 2 November 2026, 10:15 PM",
    "ID": "Montag, 2. November 2026, 22:15",
    "Identifiant": "lundi 2 novembre 2026, 22:15",
    "Identificador": "lunes, 2 de noviembre de 2026, 22:15",
}
CODES = {
    "utf-8": b"",
    "utf-8-with-mark": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp1252": b"",
}


def worksheet(
    words: Words, *, code: str = "utf-8", delimiter: str = ",", old: str = "", most: str = "3.55"
) -> bytes:
    """The grading worksheet of two students, one of whom may have a grade already."""
    header = [words.identifier, words.full, words.email, "Status", words.grade, words.most[0]]
    header += [words.changeable, words.submitted]
    participant = PARTICIPANTS.get(words.identifier, "Participante")
    rows = [
        [f"{participant}1234567", "Ada Lovelace", "ada@example.edu", "ü", "", most],
        [f"{participant}1234568", "Zoë Bell", "zoe@example.edu", "ü", old, most],
        [f"{participant}1234569", "Nobody", "nobody@example.edu", "ü", "", most],
    ]
    lines = [header, *([*row, "x", TIMES[words.identifier]] for row in rows)]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines) + "\r\n"
    return CODES[code] + text.encode(code.removesuffix("-with-mark"))


def ids(words: Words) -> str:
    return words.identifier


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("words", LANGUAGES, ids=ids)
def test_one_column_is_filled_and_no_other_byte_changes(
    tmp_path: Path, words: Words, code: str
) -> None:
    folder = write_class(tmp_path / "class", STUDENTS)
    file = tmp_path / "worksheet.csv"
    before = worksheet(words, code=code)
    file.write_bytes(before)
    done = export(folder, "moodle", roster=file, out=tmp_path / "filled.csv")
    plain = code.removesuffix("-with-mark")
    empty, ada, zoe = (text.encode(plain) for text in ('"ü","",', '"ü",3.55,', '"ü",1.3,'))
    expected = before.replace(empty, ada, 1).replace(empty, zoe, 1)
    assert expected != before and done.paths[0].read_bytes() == expected


@pytest.mark.parametrize(
    ("delimiter", "filled"), [(";", "3,55"), (",", '"3,55"'), ("\t", "3,55")], ids=repr
)
def test_points_have_a_comma_where_the_file_has_them(
    tmp_path: Path, delimiter: str, filled: str
) -> None:
    folder = write_class(tmp_path / "class", STUDENTS)
    file = tmp_path / "worksheet.csv"
    before = worksheet(GERMAN, delimiter=delimiter, most="3,55")
    file.write_bytes(before)
    done = export(folder, "moodle", roster=file, out=tmp_path / "filled.csv")
    first = done.paths[0].read_bytes().split(b"\r\n")[1].decode()
    assert first.split(delimiter, 4)[4].startswith(filled + delimiter)
    assert not any("as the most of" in note for note in done.notes), "3,55 is 3.55"


def test_points_have_a_point_where_the_file_has_both_or_neither(tmp_path: Path) -> None:
    for name, old, most in (("both", "1,5", "3.55"), ("neither", "", "4")):
        file = tmp_path / f"{name}.csv"
        file.write_bytes(worksheet(GERMAN, old=old, most=most))
        roster = read(file, "Moodle", frozenset(MOODLE.identifying))
        assert not roster.has_decimal_commas(MOODLE.decimals(roster))


@pytest.mark.parametrize("words", LANGUAGES, ids=ids)
def test_a_locked_grade_stays_in_every_language(tmp_path: Path, words: Words) -> None:
    folder = write_class(tmp_path / "class", STUDENTS)
    file = tmp_path / "worksheet.csv"
    no = words.no.capitalize()
    file.write_bytes(worksheet(words).replace(b'"x"', f'"{no}"'.encode()))
    done = export(folder, "moodle", roster=file, out=tmp_path / "filled.csv")
    assert done.paths[0].read_bytes() == file.read_bytes()
    assert sum("cannot be changed" in note for note in done.notes) == 2


@pytest.mark.parametrize(
    ("words", "item"),
    [
        (ENGLISH, "Assignment: Labs (Real)"),
        (GERMAN, "Aufgabe: Labs (Punkte)"),
        (FRENCH, "Devoir\N{NO-BREAK SPACE}: Labs (Brut)"),
        (SPANISH, "Tarea: Labs (Real)"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.identifier,
)
def test_an_export_of_the_gradebook_is_filled_by_full_names(
    tmp_path: Path, words: Words, item: str
) -> None:
    first, last = {
        "Identifier": ("First name", "Last name"),
        "ID": ("Vorname", "Nachname"),
        "Identifiant": ("Prénom", "Nom de famille"),
        "Identificador": ("Nombre", "Apellido(s)"),
    }[words.identifier]
    file = tmp_path / "grades.csv"
    file.write_text(f'{first},"{last}","{item}"\nAda,Lovelace,-\nZoe,Bell,-\n', encoding="utf-8")
    folder = write_class(tmp_path / "class", {ADA: (PASSED,) * 4})
    done = export(folder, "moodle", roster=file, out=tmp_path / "filled.csv")
    assert done.paths[0].read_text(encoding="utf-8").endswith("Ada,Lovelace,3.55\nZoe,Bell,-\n")


@pytest.mark.parametrize("words", LANGUAGES, ids=ids)
def test_what_identifies_a_participant(tmp_path: Path, words: Words) -> None:
    file = tmp_path / "worksheet.csv"
    file.write_bytes(worksheet(words))
    roster = read(file, "Moodle", frozenset(MOODLE.identifying))
    for name in ("Participant 1234567", ADA, "ada@example.edu", "Ada Lovelace"):
        assert match([name], roster, MOODLE.identifying).rows == {name: 1}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("words", LANGUAGES, ids=ids)
def test_names_addresses_and_times_come_from_a_worksheet(
    tmp_path: Path, words: Words, code: str
) -> None:
    file = tmp_path / "worksheet.csv"
    file.write_bytes(worksheet(words, code=code, delimiter=";"))
    zoe = lists(file)["moodle", "1234568"]
    assert (zoe.people[0].name, zoe.people[0].email) == ("Zoë Bell", "zoe@example.edu")
    assert zoe.submitted == "2026-11-02T22:15:00"


@pytest.mark.parametrize("rest", [b"\x00\xd8\x00\x00", b"x"], ids=["no pair", "half a letter"])
def test_utf_16_that_is_none_is_refused_in_one_line(tmp_path: Path, rest: bytes) -> None:
    file = tmp_path / "worksheet.csv"
    file.write_bytes(codecs.BOM_UTF16_LE + rest)
    with pytest.raises(BadUsage, match="has none of these columns"):
        read(file, "Moodle", frozenset(MOODLE.identifying))
