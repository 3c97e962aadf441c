"""Links between pages: what works in the repository shall work in the site.

A page stands in the site where its source stands in the repository, so links between pages stay
as they are. A link to a file of ours leads to a page that shows the file; a link to a solution
leads nowhere, because these are pages for students.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#]+)(?P<place>#[^)\s]*)?\)")
FENCE = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)
SHOWN = Path("files")  # where the pages lie that show a file


def rewritten(
    markdown: str, home: Path, is_page: Callable[[Path], bool], show: Callable[[Path], None]
) -> str:
    """The Markdown of a file in the folder `home`, a path in the repository, for the site.

    `show` is told each file or folder that needs a page. Raises FileNotFoundError for a link to
    something that the repository does not have.
    """

    def one(link: re.Match[str]) -> str:
        if "://" in link["target"]:
            return link[0]
        target = Path(os.path.normpath(home / link["target"]))
        if target.parts[0] == "solutions":
            return link["text"]
        if is_page(target):
            return link[0]
        show(target)
        page = os.path.relpath(page_of(target), home)
        return f"[{link['text']}]({page})"

    parts = FENCE.split(markdown)
    return "".join(
        part if part.startswith("```") else LINK.sub(one, part)  # code has no links
        for part in parts
    )


def page_of(target: Path) -> Path:
    """The source of the page that shows a file or a folder."""
    return SHOWN / f"{target}.md"
