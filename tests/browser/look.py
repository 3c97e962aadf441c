"""Every chapter in JupyterLab, run from top to bottom, as pictures in build/shots to be looked at.

    python tests/browser/look.py [NAME ...]      (make look)

Each is run once and shown in light and in dark. Exit status 1 when other cells end with an error
than those of which the chapter means it; 2 without a browser.
"""

import shutil
import sys
import time
from pathlib import Path

import nbformat
from jupyter import ROOT, JupyterLab, errors, run_all
from playwright.sync_api import Page, sync_playwright

SHOTS = ROOT / "build/shots"
WIDTH, TALLEST = 1280, 16_000  # pixels


def look(page: Page, path: Path) -> set[int]:
    """Run the open notebook and take both pictures; the code cells that end with an error."""
    run_all(page)
    shown = set(errors(page))
    whole = page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": min(whole + 140, TALLEST)})
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        body = f"body[data-jp-theme-light='{str(theme == 'light').lower()}']"
        page.wait_for_selector(body, state="attached")
        page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTop = 0")
        page.screenshot(path=SHOTS / f"{path.stem}-{theme}.png")
    return shown


def meant(path: Path) -> set[int]:
    """Which of the chapter's code cells end with an error on purpose."""
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    return {n for n, c in enumerate(cells) if "raises-exception" in c.metadata.get("tags", [])}


def main() -> int:
    chapters = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    chapters = [c for c in chapters if not sys.argv[1:] or c.stem.startswith(tuple(sys.argv[1:]))]
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("error: no browser\n  help: install Chromium (Debian: apt install chromium)")
        return 2
    SHOTS.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with JupyterLab() as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for number, path in enumerate(chapters, 1):
            began = time.monotonic()
            context = browser.new_context(viewport={"width": WIDTH, "height": 900})
            page = context.new_page()
            page.set_default_timeout(60_000)
            lab.open(page, f"notebooks/{path.name}")
            shown, meant_to = look(page, path), meant(path)
            wrong += shown != meant_to
            told = "✔"
            if shown != meant_to:
                told = f"errors in code cells {sorted(shown)}, meant in {sorted(meant_to)}"
            seconds = time.monotonic() - began
            print(f"{number} of {len(chapters)}  {path.stem}  {seconds:.0f} s  {told}", flush=True)
            context.close()
        browser.close()
    print(f"look at the pictures: {SHOTS}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
