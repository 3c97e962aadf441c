"""A prediction as HTML: the options are computed, what came out is behind them, and it is checked."""

from __future__ import annotations

import re

import pytest

from workerlab.errors import BadUsage
from workerlab.misconceptions import CATALOGUE, Situation, World, options, when
from workerlab.notebook import predict

ASKED = when.counts(workers=2, increments=1)


def test_the_options_are_what_the_models_foretell():
    found = options(ASKED, CATALOGUE)
    assert [option.answer for option in found] == [{0, 1}, {1}]
    assert [model.name for model in found[1].models] == ["one-copy", "reaches-all"]


def test_none_is_chosen_and_what_came_out_stands_behind_them():
    html = predict("Which counts?", ASKED, {0, 1}, "a picture").html
    assert html.count('type="radio"') == 2
    assert not re.search(r"\bchecked\b", html.partition("</style>")[2])
    assert "<script" not in html
    last_option = html.rindex('type="radio"')
    for told in ("It came out", "Your answer follows", "Just as you said", "a picture"):
        assert html.index(told) > last_option
    assert html.count("All workers share one copy") == 2  # to who has it, and to who has not


def test_the_text_twin_has_the_question_and_not_the_outcome():
    text = repr(predict("Which counts?", ASKED, {0, 1}))
    assert text.startswith("Which counts?\n  ( ) {0, 1}\n  ( ) {1}\n")
    assert "came out" not in text


def test_what_comes_out_must_be_what_the_chapter_says():
    with pytest.raises(AssertionError, match=r"It came out \{1\}, and should \{0, 1\}"):
        predict("Which counts?", ASKED, {1})


def test_a_question_without_a_choice_is_refused():
    with pytest.raises(BadUsage, match="1 different options"):
        predict("How many?", Situation("one", lambda world: 1), 1)


def test_two_of_the_same_question_are_two_groups():
    names = {re.search(r'name="([^"]+)"', predict("?", ASKED, {0, 1}).html)[1] for _ in range(2)}
    assert len(names) == 2


def test_a_run_that_fits_two_answers_says_so():
    exact = predict("What count?", when.count_after_burst(400, "a line", seldom=True), 400)
    assert "One run cannot tell them apart" in exact.html
    fewer = predict("What count?", when.count_after_burst(400, "a line", seldom=True), 398)
    assert "One run cannot tell them apart" not in fewer.html


def test_a_model_changes_one_rule_only():
    for model in CATALOGUE:
        changed = [name for name in vars(World()) if vars(model.world)[name] != vars(World())[name]]
        assert changed == [model.rule]
