"""Values from a JSON Schema: the smallest ones that it allows, or the ones that its author documents.

No library is behind it: those that there are (hypothesis-jsonschema, polyfactory) make values by
chance, and a question needs readable ones: 1 is at a limit, and the same key stands in each request.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workerlab.stepping.placeholders import DIGITS, FRESH, is_like_an_id
from workerlab.stepping.proposing.description import Description, Schema
from workerlab.stepping.proposing.patterns import text_for

DEEPEST = 8


class NoValue(Exception):
    """Nothing is known that this schema allows; the message says why."""


@dataclass(frozen=True)
class Taste:
    """Which of the allowed values to take.

    letter      what free texts begin with; another one makes another value
    number      numbers are this, or the nearest that is allowed
    fresh       free texts and ids are new in each run of a program
    documented  examples and defaults come first, and optional fields that have an example
    second      takes the second of several: of an enum, or of fields that are all optional
    partly      a body whose fields are all optional has just one of them
    plenty      optional numbers are given, too
    bare        lists are as short as they may be: what one names may have to be there first
    known       what a name stands for in this question; None when it stands for nothing
    """

    letter: str = "a"
    number: int = 1
    fresh: bool = True
    documented: bool = False
    second: bool = False
    partly: bool = False
    plenty: bool = False
    bare: bool = False
    known: Callable[[str, Schema], object] = field(default=lambda name, schema: None)


SMALL = Taste()
DOCUMENTED = Taste(fresh=False, documented=True)
BARE = Taste(bare=True)


def value_of(
    description: Description, schema: object, name: str, taste: Taste, depth: int = 0
) -> Any:
    """A value that the schema allows. Raises NoValue.

    name   the field or parameter that it is for
    """
    if depth > DEEPEST:
        raise NoValue(f"{name}: it has itself as a part")
    try:
        schema = description.resolved(schema)
    except ValueError as error:
        raise NoValue(f"{name}: {error}") from error
    if (known := taste.known(name, schema)) is not None:
        return known
    if "const" in schema:
        return schema["const"]
    if taste.documented and (found := _documented(schema)):
        return found[0]
    if isinstance(allowed := schema.get("enum"), list) and allowed:
        return allowed[1 if taste.second and len(allowed) > 1 else 0]
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return _first_of(description, schema[key], name, taste, depth)
    return _of_its_type(description, schema, name, taste, depth)


def _of_its_type(
    description: Description, schema: Schema, name: str, taste: Taste, depth: int
) -> Any:
    kind = schema.get("type") or _kind(schema)
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    match kind:
        case "object":
            return _object(description, schema, taste, depth)
        case "array":
            return _array(description, schema, name, taste, depth)
        case "boolean":
            return not taste.second
        case "integer" | "number":
            return _number(schema, name, taste, whole=kind == "integer")
        case "null":
            return None
    return _text(schema, name, taste)


def _documented(schema: Schema) -> list[Any]:
    """The examples of a schema, then its default."""
    found = [schema["example"]] if "example" in schema else []
    if isinstance(examples := schema.get("examples"), list):
        found += examples
    default = schema.get("default")
    return found if default is None else [*found, default]


def _kind(schema: Schema) -> str:
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    return "integer" if {"minimum", "maximum"} & schema.keys() else "string"


def _first_of(
    description: Description, choices: list[object], name: str, taste: Taste, depth: int
) -> Any:
    why = NoValue(f"{name}: nothing to choose from")
    for choice in choices:
        if isinstance(choice, dict) and choice.get("type") == "null":
            continue
        try:
            return value_of(description, choice, name, taste, depth + 1)
        except NoValue as error:
            why = error
    if {"type": "null"} in choices:
        return None
    raise why


def _object(
    description: Description, schema: Schema, taste: Taste, depth: int
) -> dict[str, object]:
    fields = schema.get("properties") or {}
    wanted = [name for name in fields if name in (schema.get("required") or ())]
    for name, described in fields.items():
        if name not in wanted and _is_also_given(description, described, taste):
            wanted.append(name)
    if not wanted and taste.partly and fields:
        usual = [name for name in fields if not is_like_an_id(name)] or [*fields]
        wanted = [usual[1 if taste.second and len(usual) > 1 else 0]]
    made = {name: value_of(description, fields[name], name, taste, depth + 1) for name in wanted}
    extra = schema.get("additionalProperties")
    if not fields and isinstance(extra, dict):
        made[taste.letter] = value_of(description, extra, taste.letter, taste, depth + 1)
    return made


def _is_also_given(description: Description, described: object, taste: Taste) -> bool:
    """Whether an optional field is given: it has an example, or it is a number to have plenty of."""
    try:
        schema = description.resolved(described)
    except ValueError:
        return False
    if taste.documented and {"example", "examples"} & schema.keys():
        return True
    return taste.plenty and schema.get("type") in ("integer", "number")


def _array(
    description: Description, schema: Schema, name: str, taste: Taste, depth: int
) -> list[Any]:
    least = 0 if taste.bare else 1
    count = min(max(least, schema.get("minItems", least)), schema.get("maxItems", math.inf))
    items = schema.get("items", schema.get("prefixItems", {}))
    if isinstance(items, list):
        return [value_of(description, one, name, taste, depth + 1) for one in items]
    name = name[:-1] if name.lower().endswith("ids") else name
    made = []
    for index in range(int(count)):
        other = replace(taste, letter=taste.letter + str(index)) if index else taste
        other = replace(other, number=taste.number + index)
        made.append(value_of(description, items, name, other, depth + 1))
    return made


def _number(schema: Schema, name: str, taste: Taste, *, whole: bool) -> Any:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    step = schema.get("multipleOf") or (1 if whole else 0)
    for key, sign in (("exclusiveMinimum", 1), ("exclusiveMaximum", -1)):
        bound = schema.get(key)
        if isinstance(bound, bool) or bound is None:
            continue
        inside = bound + sign * (step or 0.5)
        low, high = (max(low, inside), high) if sign > 0 else (low, min(high, inside))
    if whole and taste.fresh and is_like_an_id(name) and high >= 10 ** (DIGITS + 1):
        return f"{_digit(taste.letter)}{FRESH}"
    value = min(max(taste.number, low), high)
    if step:
        value = math.ceil(value / step) * step
        value -= step * (value > high)
    if not low <= value <= high:
        raise NoValue(f"{name}: no number from {low:g} to {high:g}")
    return int(value) if value == int(value) else value


def _digit(letter: str) -> str:
    """Another digit for another letter, as far as there are digits; none for a."""
    return str((ord(letter[0]) - ord("a")) % 10 or "")


_FORMATS: Mapping[str, tuple[str, str]] = {  # as it is always, and as it is new each time
    "date-time": ("2030-01-01T00:00:00Z", ""),
    "date": ("2030-01-01", ""),
    "time": ("12:00:00Z", ""),
    "duration": ("P1D", ""),
    "ipv4": ("192.0.2.1", ""),
    "ipv6": ("2001:db8::1", ""),
    "email": ("{letter}@example.org", f"{{letter}}{FRESH}@example.org"),
    "uri": ("https://example.org/{letter}", f"https://example.org/{{letter}}{FRESH}"),
    "uuid": (
        "00000000-0000-4000-8000-0000000000{code}",
        f"00000000-0000-4000-8000-{{code}}00{FRESH}",
    ),
    "byte": ("YQ==", ""),
}


def _text(schema: Schema, name: str, taste: Taste) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    if pattern := schema.get("pattern"):
        found = text_for(str(pattern), taste.letter, least, most)
        if found is None:
            raise NoValue(f"{name}: no text is known that fits {pattern!r}; give it an example")
        return found
    if kind := _FORMATS.get(schema.get("format") or ("email" if "email" in name.lower() else "")):
        form = str(kind[1] if taste.fresh and kind[1] else kind[0])
        letter, code = taste.letter, f"{ord(taste.letter[0]):02x}"
        return form.replace("{letter}", letter).replace("{code}", code)
    is_fresh = taste.fresh and len(taste.letter) + DIGITS <= most
    text = taste.letter + FRESH if is_fresh else taste.letter
    text += "x" * (least - len(taste.letter) - DIGITS * is_fresh)
    return str(text if is_fresh else text[: int(min(most, len(text)))])
