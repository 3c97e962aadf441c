"""The ground under the browser tests: it must be able to fail."""

from pathlib import Path

import pytest
from watched import Watched

PAGE = "<!doctype html><html lang='en'><title>t</title><main><h1>t</h1>{}</main></html>"


def opened(browser, folder: Path, body: str):
    path = folder / "page.html"
    path.write_text(PAGE.format(body))
    page = browser.new_page()
    watched = Watched(page)
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    return page, watched


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>console.error('this is wrong')</script>", "this is wrong"),
        ("<script>nobody.home()</script>", "nobody is not defined"),
        ("<img alt='' src='http://workerlab.invalid/x.png'>", "asked for http://workerlab.invalid"),
    ],
)
def test_a_fault_of_a_page_is_heard(browser, tmp_path, body, fault):
    page, watched = opened(browser, tmp_path, body)
    page.close()
    assert any(fault in told for told in watched.faults)


def test_a_page_without_fault_is_silent(browser, tmp_path, scan):
    page, watched = opened(browser, tmp_path, "<p>Nothing to see.</p>")
    scan(page)
    page.close()
    assert watched.faults == []


def test_the_scan_sees_a_button_without_a_name(browser, tmp_path, scan):
    page, _ = opened(browser, tmp_path, "<button></button>")
    with pytest.raises(AssertionError, match="button-name"):
        scan(page)
    page.close()
