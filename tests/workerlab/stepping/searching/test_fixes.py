"""Every fix of the answers under the search: the racy forms lose, the right ones do not."""

from contextlib import ExitStack

import pytest
from forms import RACY, RIGHT, Forms
from further import mostly_further

from workerlab.stepping import search

TWO = "POST /increment | POST /increment"


FIRST = {app: (app, *form) for app, *form in reversed(RIGHT)}.values()
AT_NIGHT = [pytest.param(*form, marks=pytest.mark.nightly) for form in RIGHT if form not in FIRST]
ALWAYS = ("redis_async", "sqlite")


@pytest.fixture(scope="module")
def forms(tmp_path_factory, redis_service):
    with Forms(tmp_path_factory.mktemp("forms"), *redis_service) as forms:
        yield forms


@pytest.fixture
def fixed(forms, tmp_path):
    """fixed(app, form, kind) -> a stepped server, closed at the end of the test."""
    with ExitStack() as stack:
        yield lambda *form: stack.enter_context(forms.stepped(*form, tmp_path.name))


@pytest.mark.parametrize(
    ("app", "form", "kind"), mostly_further(RACY, lambda form: form[0] in ALWAYS)
)
def test_a_racy_counter_loses(fixed, app, form, kind):
    verdict = search(fixed(app, form, kind), TWO)
    assert verdict.status == "failed", verdict.message
    assert verdict.evidence["actual"] == "A is answered 1, B is answered 1, report says 1"
    assert verdict.tried["schedules"] < 60
    assert verdict.evidence["steps"]


@pytest.mark.parametrize(
    ("app", "form", "kind"),
    [*mostly_further(FIRST, lambda form: form[0] in ALWAYS), *AT_NIGHT],
)
def test_a_right_counter_does_not(fixed, app, form, kind):
    verdict = search(fixed(app, form, kind), TWO, seconds=1.5)
    assert verdict.status == "passed", verdict.message
    assert verdict.tried["schedules"] >= 4
