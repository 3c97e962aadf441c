"""The schema of a scout says what the typed records say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args, get_type_hints

import jsonschema
import pytest

from workerlab.grading.recorded import SCOUTED
from workerlab.scouting.records import SCHEMA as NAME
from workerlab.scouting.records import STATUSES, Answer, Line, Status, Survey

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/design/schemas/scout.json").read_text())
RECORDS = {"line": Line, "answer": Answer, "survey": Survey}


@pytest.mark.parametrize("name", RECORDS)
def test_the_schema_has_the_keys_of_the_record(name: str) -> None:
    assert {*SCHEMA["$defs"][name]["properties"]} == {*get_type_hints(RECORDS[name])}


def test_every_record_and_every_status_is_in_the_schema() -> None:
    assert {*SCHEMA["$defs"]} == {*RECORDS}
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    statuses = SCHEMA["$defs"]["answer"]["properties"]["status"]["enum"]
    assert {*statuses} == {*STATUSES} == {*get_args(Status)}


def test_what_replay_looks_for_is_what_is_written() -> None:
    assert SCHEMA["$defs"]["survey"]["properties"]["schema"]["const"] == NAME == SCOUTED
