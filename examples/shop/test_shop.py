"""The races of a shop as ordinary tests: pytest examples/shop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The settings of the shop: its database is not the one that you sell from."""
    return {"SHOP_FILE": str(tmp_path / "shop.db")}


def test_two_members_want_the_last_lamp(explore: Callable[..., Any], env: dict[str, str]) -> None:
    explore("mended.py", question="shop.toml", env=env)


def no_lamp_is_sold_twice(run: Any) -> None:
    """There was one lamp."""
    assert run.after[0].body["sold"] <= 1


def test_no_lamp_is_sold_twice(explore: Callable[..., Any], env: dict[str, str]) -> None:
    explore(
        "mended.py",
        sign_in="POST /token?name=ada",
        before="PUT /stock/1",
        program="POST /buy | POST /buy",
        after="GET /stock",
        invariants=[no_lamp_is_sold_twice],
        env=env,
    )
