"""The fixture `explore` for the tests of a service.

    def test_the_last_one_is_sold_once(explore):
        explore("shop.py", before="POST /restock", program="POST /buy | POST /buy", after="GET /stock")

Nothing is imported before a test asks for the fixture, and nothing else of pytest is touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from workerlab.verdict import Verdict

SEED, BUDGET = "workerlab_seed", "workerlab_budget"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(SEED, "seed for the random part of a search of workerlab", default="1")
    parser.addini(BUDGET, "seconds that workerlab searches for each placement", default="3")


@pytest.fixture
def explore(request: pytest.FixtureRequest) -> Callable[..., Verdict]:
    """explore(app, **question): search the schedules of an app; fail with the one that loses.

    Its parameters are those of `workerlab.explore`, and stores=["redis"], env_file=, question= (a
    TOML file). The app's own answers, one request after the other, are what is right. A relative
    path begins at the test's file. Returns the verdict when none loses.
    """
    from workerlab.errors import BadUsage, WorkerlabError
    from workerlab.questions.asking import assert_no_race

    folder = request.path.parent

    def number(name: str) -> float:
        text = str(request.config.getini(name))
        try:
            return float(text)
        except ValueError:
            raise BadUsage(f"{name} = {text!r} is not a number", "correct the ini file") from None

    def here(place: str | Path) -> str | Path:
        return place if ":" in str(place) else folder / place

    def asked(app: str | Path | None = None, **question: Any) -> Verdict:
        __tracebackhide__ = True
        if app is not None:
            question["app"] = here(app)
        for place in ("question", "app_dir", "python"):
            if question.get(place) is not None:
                question[place] = here(question[place])
        question["env_file"] = [*map(here, question.get("env_file", ()))]
        if "question" not in question:
            question = {"model": "serial", "folder": folder, "after": "", **question}
        if ":" in str(app):
            question.setdefault("app_dir", folder)
        question.setdefault("seed", int(number(SEED)))
        question.setdefault("seconds", number(BUDGET))
        try:
            return assert_no_race(**question)
        except WorkerlabError as error:
            lines = [f"{error}", f"help: {error.advice}" if error.advice else "", error.details]
        pytest.fail("\n".join(filter(None, lines)))  # outside, so that it has no cause to be shown

    return asked
