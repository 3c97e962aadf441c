"""Which tests must run in the same process when several processes share the suite."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file stay together, and all that look at the built site do."""
    for item in items:
        group = "the site" if "site" in getattr(item, "fixturenames", ()) else item.path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
