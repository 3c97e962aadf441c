"""A level in a chapter: the reader is the scheduler, without a server and without a network."""

from __future__ import annotations

from pathlib import Path

from workerlab.levels.level import FOLDER, load
from workerlab.levels.page import framed, in_words
from workerlab.notebook.display import Page


class Game(Page):
    """A level to be played where HTML is drawn; its goal and its code everywhere else."""


def level(name: str, folder: str | Path = FOLDER) -> Game:
    """The level of this name, to be played.

    All its schedules were recorded on real workers. Raises BadUsage when there is no such level.
    """
    found = load(name, Path(folder))
    return Game(framed(found), in_words(found))
