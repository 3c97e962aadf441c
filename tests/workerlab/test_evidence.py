"""The schema of evidence says what the typed records say, and what is written keeps to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_type_hints

import jsonschema
import pytest

from workerlab import evidence
from workerlab.evidence import (
    BurstEvidence,
    Classes,
    CrashEvidence,
    LeaseRow,
    RequestRow,
    ScheduleClass,
    ScheduleEvidence,
    Step,
)

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/design/schemas/evidence.json").read_text(encoding="utf-8"))
RECORDS = {
    "step": Step,
    "request": RequestRow,
    "lease": LeaseRow,
    "schedule": ScheduleEvidence,
    "crash": CrashEvidence,
    "burst": BurstEvidence,
    "class": ScheduleClass,
    "classes": Classes,
}


@pytest.mark.parametrize("name", RECORDS)
def test_the_schema_has_the_keys_of_the_record(name: str) -> None:
    keys = SCHEMA["$defs"][name]["properties"].keys()
    assert keys == get_type_hints(RECORDS[name]).keys()


def test_every_record_is_in_the_schema() -> None:
    assert {*SCHEMA["$defs"]} == {*RECORDS}
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"schedule": []}, "schedule"),
        ({"schedule": [], "crash_point": 0}, "crash"),
        ({"history": []}, "burst"),
    ],
)
def test_each_kind_is_recognised(found: dict, kind: str) -> None:
    assert evidence.kind_of(found) == kind


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"history": [], "misfit": 1},
        {"history": [], "schedule": []},
        {"schedule": [], "steps": [{"worker": "4711"}]},
    ],
)
def test_what_is_none_is_refused(wrong: dict) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)
