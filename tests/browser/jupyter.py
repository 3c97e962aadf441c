"""JupyterLab as `make lab` starts it, on a copy of the notebooks; and what a reader does in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import nbformat
from playwright.sync_api import Page

from workerlab.errors import NotReady
from workerlab.notebook import gone
from workerlab.processes.tree import descendants

ROOT = Path(__file__).parents[2]
START_S, RUN_S = 60, 600
IDLE = "document.body.innerText.includes('Python 3 (ipykernel) | Idle')"
# What a reader may set: follow the system's theme; and every cell in the page, to be looked at.
SETTINGS = {
    "apputils-extension/themes": {"adaptive-theme": True},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


class JupyterLab:
    """A server of its own: own port, own token, own folders, gone at the end.

    base_url   what a hub puts before every address
    """

    def __init__(self, base_url: str = "/") -> None:
        self.base_url = base_url
        self._folder = tempfile.TemporaryDirectory(prefix="workerlab-lab-")
        self.root = Path(self._folder.name, "root")
        shutil.copytree(ROOT / "notebooks", self.root / "notebooks")

    def __enter__(self) -> Self:
        own = Path(self._folder.name)
        for name, values in SETTINGS.items():
            path = own / f"settings/@jupyterlab/{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        folders = {"RUNTIME": "run", "CONFIG": "config", "DATA": "data"}
        env = {f"JUPYTER_{name}_DIR": str(own / folder) for name, folder in folders.items()}
        env |= {
            "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(own / "spaces"),
        }
        # As one that was started without `make`: workerlab is not on its PATH.
        own_bin = str(Path(sys.executable).parent)
        places = os.environ["PATH"].split(os.pathsep)
        env["PATH"] = os.pathsep.join(place for place in places if place != own_bin)
        if self.base_url != "/":
            env["JUPYTERHUB_SERVICE_PREFIX"] = self.base_url
        options = {"root_dir": self.root, "port": 0, "base_url": self.base_url}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
        log = own / "log"
        with log.open("w") as file:
            self._process = subprocess.Popen(
                command, env=os.environ | env, stdout=file, stderr=file, start_new_session=True
            )
        try:
            place = self._wait_for_place(own)
        except BaseException:
            self.__exit__()
            raise
        self.url, self.token = f"http://127.0.0.1:{place['port']}{self.base_url}", place["token"]
        return self

    def _wait_for_place(self, own: Path) -> dict:
        """What the server writes down when it listens. Raises NotReady."""
        until = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < until:
            for path in (own / "run").glob("jpserver-*.json"):
                with suppress(json.JSONDecodeError):  # it is being written
                    return json.loads(path.read_text())
            time.sleep(0.05)
        raise NotReady(f"JupyterLab did not start: {(own / 'log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        """End it. Raises NotReady when a notebook kernel, or what one started, outlives it."""
        started = descendants(self._process.pid)
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        try:
            gone(started)
        finally:
            self._folder.cleanup()

    def write(self, name: str, *cells: str) -> str:
        """A notebook of these cells; its path for `open`."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, self.root / "notebooks" / name)
        return f"notebooks/{name}"

    def open(self, page: Page, path: str) -> None:
        """Open a notebook; returns when its notebook kernel is ready."""
        page.goto(f"{self.url}lab/tree/{path}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(IDLE)
        page.wait_for_selector(".jp-KernelStatus, .jp-Toolbar-kernelName:has-text('Python 3')")


def menu(page: Page, name: str, item: str) -> None:
    """Choose from the menu, and accept what is asked."""
    page.get_by_role("menuitem", name=name, exact=True).first.click()
    page.get_by_role("menuitem", name=re.compile(item)).first.click()
    if page.locator(".jp-Dialog .jp-mod-accept").count():
        page.locator(".jp-Dialog .jp-mod-accept").first.click()


def run_all(page: Page) -> None:
    """Run All; returns when the last cell has run."""
    menu(page, "Run", "^Run All Cells")
    wait_for_cell(page, -1)


def wait_for_cell(page: Page, place: int) -> None:
    """Wait until a code cell has run (a number in its prompt) and the kernel is idle again."""
    has_run = """place => {
        const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
        return /\\d/.test(prompts.at(place).innerText)
            && document.body.innerText.includes('Python 3 (ipykernel) | Idle');
    }"""
    page.wait_for_function(has_run, arg=place, timeout=RUN_S * 1000)


def output(page: Page, place: int) -> str:
    """The text that a code cell put out."""
    return page.locator(".jp-CodeCell").nth(place).locator(".jp-OutputArea").inner_text()


def errors(page: Page) -> dict[int, str]:
    """The errors in the outputs, by code cell; JupyterLab shows them as what goes to stderr."""
    cells = page.locator(".jp-CodeCell").evaluate_all(
        """cells => cells.map(cell => [
            ...cell.querySelectorAll("[data-mime-type='application/vnd.jupyter.stderr']")
        ].map(shown => shown.innerText).join("\\n"))"""
    )
    return {place: told for place, told in enumerate(cells) if told}
