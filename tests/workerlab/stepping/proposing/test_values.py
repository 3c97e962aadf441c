"""A value that is made from a schema is one that the schema allows."""

from __future__ import annotations

import json

import jsonschema
import pytest

from workerlab.errors import BadUsage
from workerlab.stepping.placeholders import renewed
from workerlab.stepping.program import Program, Request
from workerlab.stepping.proposing.description import Description
from workerlab.stepping.proposing.values import DOCUMENTED, SMALL, NoValue, Taste, value_of

DOCUMENT = {
    "paths": {"/x": {"get": {}}},
    "components": {
        "schemas": {
            "Size": {"enum": ["S", "M"]},
            "Tree": {
                "type": "object",
                "properties": {"left": {"$ref": "#/components/schemas/Tree"}},
            },
            "Endless": {"$ref": "#/components/schemas/Endless"},
            "Loop": {
                "type": "object",
                "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Loop"}},
            },
        }
    },
}
DESCRIPTION = Description.read(DOCUMENT)
SCHEMAS = [
    {"type": "integer"},
    {"type": "integer", "exclusiveMinimum": 0, "maximum": 9},
    {"type": "integer", "minimum": 7, "multipleOf": 5},
    {"type": "integer", "maximum": -3},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "string"},
    {"type": "string", "minLength": 30},
    {"type": "string", "maxLength": 2},
    {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2,4}$"},
    {"type": "string", "pattern": r"^(\+49|0)[1-9]\d+$", "minLength": 8},
    {"type": "string", "format": "email"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "date-time"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
    {"oneOf": [{"type": "string", "pattern": "(?<=a)b(?!c)(?P<x>.)(?P=x)"}, {"const": 4}]},
    {"$ref": "#/components/schemas/Size"},
    {"$ref": "#/components/schemas/Tree"},
    {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
            {"required": ["b"], "properties": {"b": {"$ref": "#/components/schemas/Size"}}},
        ]
    },
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": ["string", "null"]},
    {"properties": {"id": {"type": "integer"}}, "required": ["id"]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
@pytest.mark.parametrize("taste", [SMALL, DOCUMENTED, Taste(letter="b", number=2, second=True)])
def test_it_is_allowed(schema: dict, taste: Taste) -> None:
    value = value_of(DESCRIPTION, schema, "thing", taste)
    program, _ = renewed(Program((Request("POST", "/x", {"it": value}),)))
    sent = program.requests[0].body["it"]
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(sent, {**DOCUMENT, **schema}, format_checker=checker)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 4}, "no number from 5 to 4"),
        ({"type": "string", "pattern": "^(?=x)y$"}, "give it an example"),
        ({"$ref": "#/components/schemas/Endless"}, "leads back to itself"),
        ({"$ref": "#/components/schemas/Loop"}, "has itself as a part"),
        ({"$ref": "#/nothing"}, "leads nowhere"),
        ({"$ref": "https://example.org/x"}, "leads nowhere"),
    ],
)
def test_what_has_no_value_says_why(schema: dict, why: str) -> None:
    with pytest.raises(NoValue, match=why):
        value_of(DESCRIPTION, schema, "thing", SMALL)


def test_examples_come_first_where_they_are_asked_for_and_small_values_where_not() -> None:
    schema = {"type": "integer", "examples": [40], "default": 7}
    assert value_of(DESCRIPTION, schema, "n", DOCUMENTED) == 40
    assert value_of(DESCRIPTION, schema, "n", SMALL) == 1


def test_free_texts_and_ids_are_new_in_each_run() -> None:
    assert value_of(DESCRIPTION, {"type": "string"}, "name", SMALL) == "a{fresh}"
    assert value_of(DESCRIPTION, {"type": "integer"}, "item_id", SMALL) == "{fresh}"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "it has no paths"),
        ([], "it has no paths"),
        (
            {"paths": {"/x": {"post": {"parameters": [{"in": "query"}]}}}},
            "broken (KeyError: 'name')",
        ),
        ({"paths": {"/x": {"post": {"requestBody": {"$ref": "#/no"}}}}}, "leads nowhere"),
        ({"paths": {"/x": {"post": {"parameters": 3}}}}, "is broken"),
    ],
)
def test_a_broken_description_is_refused_in_one_line(document: object, said: str) -> None:
    with pytest.raises(BadUsage) as caught:
        Description.read(document)
    assert said in str(caught.value)
    assert "--openapi" in caught.value.advice
