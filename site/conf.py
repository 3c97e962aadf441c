"""How Sphinx builds the site. `make site` calls it; see make.py."""

import os
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from current import foot  # noqa: E402 (it lies beside this file)

_project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "workerlab"
author = "the workerlab authors"
project_copyright = "the workerlab authors; prose and pictures CC BY 4.0, code MIT"
version = release = _project["version"]
html_title = project

# The project's public address, such as https://github.com/org/name: pyproject.toml names it under
# [project.urls], for this and for Colab. Without it the Binder button explains how to open Binder.
_address = _project.get("urls", {}).get("Repository", "")
repository = os.environ.get("WORKERLAB_REPOSITORY", _address)
release_tag = f"v{release}"

extensions = ["myst_nb", "sphinx.ext.autodoc", "binder", "docstrings", "signatures"]
exclude_patterns = ["README.md", "labs-table.md"]  # other pages take a part of them

# The chapters come with their outputs: make.py executes them.
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # what our display objects show has tables in it
nb_ipywidgets_js = {}  # from a CDN, and nobody could move a widget without a kernel
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
myst_enable_extensions = ["colon_fence", "attrs_inline", "substitution"]
myst_substitutions = {"tag": f"`{release_tag}`"}
myst_heading_anchors = 3

smartquotes_action = "qe"  # quotes and ellipses; `--preload` is no dash

# Docstrings say `name`, and mean code.
default_role = "code"
highlight_language = "text"  # a block that does not say what it is, is no Python
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
python_maximum_signature_line_length = 80
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
# Only what is documented here can be linked to without a network.
nitpick_ignore_regex = [("py:.*", ".*")]

html_theme = "sphinx_book_theme"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_favicon = str(HERE / "static" / "logo.svg")
html_copy_source = False
html_use_index = False
html_domain_indices = False
html_show_sourcelink = False
html_show_search_summary = False  # it fetches pages, which a browser refuses for file:
html_last_updated_fmt = None
html_context = {"default_mode": "auto"}
html_theme_options = {
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "footer_content_items": ["copyright.html", "extra-footer.html"],
    "extra_footer": foot(HERE.parent / "notebooks" / "data" / "current.json"),
    "toc_title": "On this page",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "logo": {"text": "workerlab", "image_light": "logo.svg", "image_dark": "logo.svg"},
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
}
