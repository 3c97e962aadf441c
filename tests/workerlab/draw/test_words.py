"""Text that fits: measured in cells, cut to size, harmless."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workerlab.draw
from workerlab.draw.words import brief, cells, clean, counted, harmless, pad, shorten, wrap

NAMES = [module.name for module in pkgutil.iter_modules(workerlab.draw.__path__, "workerlab.draw.")]


@pytest.mark.parametrize("name", ["workerlab.draw", *NAMES])
def test_the_examples_are_so(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@given(st.text(), st.integers(0, 40))
def test_what_is_cut_fits(text, most):
    assert cells(shorten(clean(text), most)) <= most


@given(st.text(), st.integers(0, 40))
def test_what_is_filled_up_is_never_cut(text, width):
    assert cells(pad(text, width)) == max(width, cells(text))


@given(st.text())
def test_clean_text_is_one_line_without_control_signs(text):
    assert len(clean(text).splitlines()) <= 1
    assert clean(clean(text)) == clean(text)


def test_wide_signs_take_two_cells():
    assert cells("日本") == 4 and cells("e\u0301") == 1


def test_long_text_is_wrapped_and_ends():
    lines = wrap("word " * 500, 20)
    assert len(lines) == 6 and all(len(line) <= 20 for line in lines)


def test_one_value_stands_for_its_answer():
    assert brief({"count": 5}) == "5"
    assert counted(1, "request") == "1 request"


def test_the_number_of_a_run_is_left_out():
    assert clean('201 {"id": {fresh}, "name": "a{fresh}"}') == '201 {"id": N, "name": "a"}'


def test_a_command_to_be_typed_keeps_it():
    command = "--program 'POST /users/user{fresh}'"
    assert harmless(command) == command and clean(command) != command
