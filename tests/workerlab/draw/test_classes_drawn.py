"""All classes of a program: the text, the picture and the player say the same."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from evidences import answers, lost_update, request, step

from workerlab.draw import classes, classes_svg, classes_text
from workerlab.draw.classes import class_data
from workerlab.draw.classes_layout import LONGEST_TURN, MOST_TURNS, heading_of, lines_of
from workerlab.draw.words import cells

EVIL = "</script><b>\u202e\x1b[2J"


def one_class(loses: bool, *meets: str, **more) -> dict:
    evidence = lost_update()
    return {
        "meets": list(meets),
        "loses": loses,
        "schedule": [*"ABBA"],
        "steps": evidence["steps"],
        "requests": evidence["requests"],
    } | more


def found(**more) -> dict:
    read, write = "reads redis count", "writes redis count"
    shown = [
        one_class(False, f"A {read}", f"A {write}", f"B {read}", f"B {write}"),
        one_class(True, f"A {read}", f"B {read}", f"B {write}", f"A {write}"),
    ]
    frame = {"program": "POST /increment | POST /increment", "placement": "two workers"}
    return (
        {"classes": 2, "orders": 924, "provided": "", "ran_out": False, "shown": shown}
        | frame
        | more
    )


def test_each_class_has_its_order_and_what_came_of_it() -> None:
    assert classes_text(found()).splitlines() == [
        "  All 2 classes of the 924 orders, two workers: 1 loses",
        "   1  A reads redis count · A writes redis count · B reads redis count · B writes redis count",
        "      → A 1, B 1, report 1",
        "   2  A reads redis count · B reads redis count · B writes redis count · A writes redis count",
        "      ✗ A 1, B 1, report 1",
    ]


@pytest.mark.parametrize(
    ("more", "heading"),
    [
        ({"orders": 0}, "All 2 classes of orders, two workers: 1 loses"),
        ({"classes": 30}, "All 30 classes of the 924 orders, two workers: 1 of the 2 shown loses"),
        ({"classes": 1, "shown": []}, "The one class of the 924 orders, two workers"),
        (
            {"classes": 30, "shown": [one_class(False, "A runs", "B runs")]},
            "All 30 classes of the 924 orders, two workers; 1 shown here",
        ),
    ],
)
def test_the_heading_says_how_many(more: dict, heading: str) -> None:
    assert heading_of(found(**more)) == heading


def test_the_picture_names_each_step_once_and_describes_itself() -> None:
    root = ElementTree.fromstring(classes_svg(found()))
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count("A reads redis count") == 2
    assert "loses: A 1, B 1, report 1" in words
    description = root.find("{http://www.w3.org/2000/svg}desc")
    assert description is not None
    assert description.text == classes_text(found(), 160)


def test_the_player_has_the_frames_of_each_class() -> None:
    drawing = classes(found())
    first, second = drawing.player.data["classes"]
    assert first["data"]["heading"] == "Class 1 of 2, two workers"
    assert second["loses"]
    assert second["data"]["frames"][-1]["kind"] == "answer"
    assert drawing._repr_mimebundle_().keys() == {"text/plain", "image/svg+xml", "text/html"}


def test_classes_that_somebody_has_counted() -> None:
    """As chapter 03 draws them: there is nothing to play."""
    shown = [{"meets": ["A reads", "B reads"], "loses": True, "orders": 425}]
    drawing = classes({"classes": 1, "orders": 924, "shown": shown})
    assert drawing.text.splitlines()[1:] == ["   1  A reads · B reads", "      ✗ 425 orders"]
    assert drawing.player is None
    assert drawing._repr_mimebundle_().keys() == {"text/plain", "image/svg+xml"}


def test_nothing_that_an_app_says_gets_out_of_the_drawing() -> None:
    wild = one_class(
        False,
        f"A writes redis {EVIL}",
        f"B writes redis {'x' * 300}",
        requests=[request("A", "GET", f"/{EVIL}", 1, output=EVIL)],
        steps=[step("A", source=EVIL), answers("A", 1)],
    )
    drawing = classes(found(shown=[wild]))
    for text in (drawing.text, drawing.svg, drawing.player.html.split("<script", 1)[1]):
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert "<b>" not in drawing.svg
    assert "<b>" not in drawing.player.html
    ElementTree.fromstring(drawing.svg)
    assert all(cells(line) <= 100 for line in drawing.text.splitlines()[1:])


def test_a_class_of_many_steps_is_cut() -> None:
    meets = [f"{'AB'[n % 2]} writes redis key{n}" for n in range(40)]
    (line,) = lines_of(found(shown=[one_class(False, *meets)]))
    assert len(line.turns) == MOST_TURNS + 1
    assert str(line.turns[-1]) == "… and 28 steps more"
    (line,) = lines_of(found(shown=[one_class(False, "A writes redis " + "k" * 200)]))
    assert cells(str(line.turns[0])) <= LONGEST_TURN


def test_a_class_without_any_step_that_meets() -> None:
    assert "no steps meet" in classes_text(found(shown=[one_class(False)]))
    assert class_data(found(shown=[one_class(False)]), 0)["order"] == "no steps meet"
