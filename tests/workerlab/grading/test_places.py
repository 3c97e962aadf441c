"""Places that a lab hands to the app."""

from pathlib import Path

import pytest

from workerlab.grading.places import StateFile


def test_a_state_file_is_an_absolute_path_with_nothing_there_that_goes_with_its_folder():
    with StateFile(own=True) as text, StateFile(own=True) as other:
        path = Path(text)
        assert path.is_absolute()
        assert not path.exists()
        assert path.parent != Path(other).parent
        path.write_text("a count")
        Path(text + "-wal").write_text("what SQLite keeps beside it")
    assert not path.parent.exists()


def test_a_state_file_is_never_a_shared_one():
    with pytest.raises(ValueError, match="one of its own"):
        StateFile(own=False)
