"""The button that opens a chapter on Binder, at the tag of the release.

The project's public address is one setting, `repository` in conf.py. Without an address the
button leads to a page that says how to open Binder by hand.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from sphinx.application import Sphinx

BINDER = "https://mybinder.org/v2"
HOW = "binder"  # the page that explains it
START = "notebooks/00-start-here.ipynb"
PROVIDERS = {"github.com": "gh", "gitlab.com": "gl"}


def link(repository: str, tag: str, notebook: str) -> str:
    """The address that opens a notebook of a repository on mybinder.org.

    >>> link("https://github.com/org/name", "v1.0.0", "notebooks/a.ipynb")
    'https://mybinder.org/v2/gh/org/name/v1.0.0?urlpath=lab/tree/notebooks/a.ipynb'
    >>> link("https://gitlab.com/group/sub/name.git", "v1", "a.ipynb")
    'https://mybinder.org/v2/gl/group%2Fsub%2Fname/v1?urlpath=lab/tree/a.ipynb'
    >>> link("https://example.org/name.git", "v1", "a.ipynb")
    'https://mybinder.org/v2/git/https%3A%2F%2Fexample.org%2Fname.git/v1?urlpath=lab/tree/a.ipynb'
    """
    parts = urlsplit(repository)
    provider = PROVIDERS.get(parts.netloc, "git")
    path = parts.path.strip("/").removesuffix(".git")
    name = {"gh": path, "gl": quote(path, safe="")}.get(provider, quote(repository, safe=""))
    return f"{BINDER}/{provider}/{name}/{quote(tag, safe='')}?urlpath=lab/tree/{quote(notebook)}"


def add_button(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put the button into the header of a chapter."""
    if not page.startswith("notebooks/") or "header_buttons" not in context:
        return
    address, where = app.config.repository, f"{page}.ipynb"
    url = link(address, app.config.release_tag, where) if address else context["pathto"](HOW)
    context["header_buttons"].insert(
        0,
        {
            "type": "link",
            "url": url,
            "text": "Binder",
            "tooltip": "Run this chapter on Binder" if address else "How to run this on Binder",
            "icon": "fas fa-rocket",
            "label": "binder-button",
        },
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("repository", "", "html")
    app.add_config_value("release_tag", "", "html")
    # After the theme has made its list of buttons, and before it draws them.
    app.connect("html-page-context", add_button, priority=502)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
