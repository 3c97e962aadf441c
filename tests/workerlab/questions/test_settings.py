"""Settings of an app from NAME=VALUE and from files."""

import pytest

from workerlab.errors import BadUsage
from workerlab.questions.settings import from_files, pair


def test_a_later_file_wins(tmp_path):
    one, other = tmp_path / ".env", tmp_path / "test.env"
    one.write_text("# comment\nexport A=1\nB='two words'\n\nC=\"x=y\"\n")
    other.write_text("A=2\n")
    assert from_files([one, other]) == {"A": "2", "B": "two words", "C": "x=y"}
    assert pair("A=b=c") == ("A", "b=c")


@pytest.mark.parametrize("text", ["A", "=b", "1A=b", "a b=c"])
def test_what_is_no_setting_is_refused(text, tmp_path):
    with pytest.raises(BadUsage, match="is not a setting") as caught:
        pair(text)
    assert caught.value.advice


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(BadUsage, match="cannot read"):
        from_files([tmp_path / "nothing"])
    (tmp_path / "bare").write_text("A\n")
    with pytest.raises(BadUsage, match="'A' in .* is not a setting"):
        from_files([tmp_path / "bare"])
