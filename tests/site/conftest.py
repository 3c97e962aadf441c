"""What the tests of the site share."""

import pytest
from building import Site, site_of


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Site:
    return site_of(request)
