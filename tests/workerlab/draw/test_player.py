"""The player's embedding: self-contained, and closed to what a student's file may hold."""

import json
import re

import pytest

from workerlab.draw import player
from workerlab.draw.player import in_script, module_text
from workerlab.notebook.formatters import verdict_bundle
from workerlab.verdict import Verdict

EVIL = "</script><img src=x onerror=alert(1)><!-- \u2028"
STEPS = [{"task": "A", "worker": 1, "line": 1, "source": EVIL, "read": EVIL, "file": "app.py"}]


def test_the_module_has_its_styles_and_asks_for_nothing():
    text = module_text()
    assert ".wl-player" in text and 'const CSS = "";' not in text
    assert "export default { render }" in text
    assert "export function render" not in text, "anywidget warns of it in the console"
    assert not re.search(r"https?://|import\s|import\(|@import|url\(", text)


def test_nothing_in_a_file_ends_the_script():
    html = player({"steps": STEPS, "expected": EVIL, "actual": EVIL}).html
    assert html.count("</script>") == 1 and html.endswith("</script>")
    assert "<img" not in html and "<!--" not in html


@pytest.mark.parametrize("value", [EVIL, {"a": ["<", ">", "&", "\u2029"]}])
def test_data_in_a_script_is_still_the_same_json(value):
    text = in_script(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_its_words_are_the_twin_and_stand_there_until_it_is_drawn():
    drawn = player({"steps": STEPS[:1], "actual": "report says 1"})
    bundle = drawn._repr_mimebundle_()
    assert bundle["text/plain"] == drawn.text == str(drawn)
    assert "report says 1" in bundle["text/html"].partition("<script")[0]


def test_a_failed_verdict_shows_the_player_and_keeps_the_picture():
    verdict = Verdict("failed", "1 < 2", evidence={"steps": [{**STEPS[0], "source": "x = 1"}]})
    bundle = verdict_bundle(verdict)
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml"}
    assert bundle["text/html"].startswith("<p>failed: 1 &lt; 2</p>")
