"""Lets functions of a library be its endpoints, so that no line of its own ever runs.

Deserves: as racy
"""

import sys
from types import FunctionType

from fastapi import FastAPI
from racing import report, reset, up

app = FastAPI()


def as_a_library(function: FunctionType) -> FunctionType:
    code = function.__code__.replace(co_filename=sys.modules["json"].__file__)
    return FunctionType(code, function.__globals__, function.__name__)


app.post("/increment")(as_a_library(up))
app.get("/report")(as_a_library(report))
app.post("/reset")(as_a_library(reset))
