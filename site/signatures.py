"""Long signatures, with a line for each parameter, as HTML that a screen reader can read.

Sphinx writes them as a list of definitions inside a term, without terms: no browser and no
reader knows what that is. Here they are lines.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

LINES = re.compile(r'<dl>\n((?:<dd><em class="sig-param">.*</dd>\n)+)</dl>\n')
LINE = re.compile(r"<dd>(.*)</dd>\n")


def as_lines(body: str) -> str:
    """The page with its signatures as lines.

    >>> as_lines('f(<dl>\\n<dd><em class="sig-param">a</em>,</dd>\\n</dl>\\n)')
    'f(<span class="sig-line"><em class="sig-param">a</em>,</span>)'
    """
    return LINES.sub(lambda found: LINE.sub(r'<span class="sig-line">\1</span>', found[1]), body)


def advice(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "body" in context:
        context["body"] = as_lines(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", advice)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
