"""What Moodle calls its columns, in the language of the person who exports.

The words are those of its language packs (`mod/assign`, `core`, `grades`, `langconfig`) for English,
German, French and Spanish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

__all__ = ["LANGUAGES", "PARTICIPANT", "Words", "time_of"]


@dataclass(frozen=True)
class Words:
    """The columns of one language, and what they hold.

    full, email   of a person; `others` are the other columns by which a person is known
    submitted     when the submission was changed last
    changeable    whether the grade may be changed; `no` stands there where it is locked
    real          how an export marks points, in contrast to percentages and letters
    months        January to December
    """

    identifier: str
    grade: str
    most: tuple[str, ...]
    changeable: str
    no: str
    real: str
    full: str
    email: str
    others: tuple[str, ...]
    submitted: str
    months: str

    @property
    def identifying(self) -> tuple[str, ...]:
        """The columns that tell who a person is."""
        return (self.full, self.email, *self.others)


ENGLISH = Words(
    identifier="Identifier",
    grade="Grade",
    most=("Maximum Grade", "Maximum grade"),
    changeable="Grade can be changed",
    no="no",
    real="Real",
    full="Full name",
    email="Email address",
    others=("ID number", "Username", "First name", "Last name", "Surname"),
    submitted="Last modified (submission)",
    months="January February March April May June July August September October November December",
)
GERMAN = Words(
    identifier="ID",
    grade="Bewertung",
    most=("Bestwertung", "Beste Bewertung"),
    changeable="Bewertung kann geändert werden",
    no="nein",
    real="Punkte",
    full="Vollständiger Name",
    email="E-Mail-Adresse",
    others=("ID-Nummer", "Anmeldename", "Vorname", "Nachname"),
    submitted="Zuletzt geändert (Abgabe)",
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
)
FRENCH = Words(
    identifier="Identifiant",
    grade="Note",
    most=("Note maximale",),
    changeable="La note peut être modifiée",
    no="non",
    real="Brut",
    full="Nom complet",
    email="Adresse de courriel",
    others=(
        "Numéro d’identification",
        "Numéro d'identification",
        "Nom d’utilisateur",
        "Nom d'utilisateur",
        "Prénom",
        "Nom de famille",
        "Nom",
    ),
    submitted="Dernière modification (travail remis)",
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
)
SPANISH = Words(
    identifier="Identificador",
    grade="Calificación",
    most=("Calificación máxima",),
    changeable="La calificación puede ser cambiada",
    no="no",
    real="Real",
    full="Nombre completo",
    email="Dirección de correo",
    others=("Número de ID", "Nombre de usuario", "Nombre", "Apellido(s)"),
    submitted="Última modificación (entrega)",
    months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH)
PARTICIPANT = re.compile(r"(?:Participante?|Teilnehmer/in)\s?(?P<id>\d+)")
_MONTHS = {
    name.lower(): number
    for one in LANGUAGES
    for number, name in enumerate(one.months.split(), start=1)
}
_TIME = re.compile(
    r"\D*(?P<day>\d{1,2})\.?(?: de)? (?P<month>[^\W\d]+)(?: de)? (?P<year>\d{4}),"
    r" (?P<hour>\d{1,2}):(?P<minute>\d\d)(?:\s(?P<half>[AP]M))?"
)


def time_of(text: str) -> str:
    """Moodle's time, which has no zone, as ISO 8601; "" when it is none.

    >>> time_of("Monday, 2 November 2026, 10:15 PM"), time_of("Montag, 2. November 2026, 22:15")
    ('2026-11-02T22:15:00', '2026-11-02T22:15:00')
    >>> time_of("lundi 2 novembre 2026, 22:15"), time_of("lunes, 2 de noviembre de 2026, 22:15")
    ('2026-11-02T22:15:00', '2026-11-02T22:15:00')
    """
    found = _TIME.fullmatch(text.strip())
    month = _MONTHS.get(found["month"].lower()) if found else None
    if not found or not month:
        return ""
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + 12 * (found["half"] == "PM")
    try:
        when = datetime(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]))  # noqa: DTZ001 (it has none)
    except ValueError:
        return ""
    return when.isoformat()
