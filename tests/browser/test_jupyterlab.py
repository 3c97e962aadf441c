"""The notebooks in JupyterLab, as a reader meets them."""

import json
import time
from pathlib import Path

import pytest
from jupyter import errors, menu, output, run_all, wait_for_cell
from playwright.sync_api import expect

from workerlab.notebook import alive, gone

PATIENCE_S = 120.0  # seconds for a check of lab 01, which takes 15 on a quiet machine
SERVED = (
    "import os, time, httpx\nfrom workerlab import serve\n"
    "server = serve('apps/meta_object.py', workers=2)\nprint(server.url, *server.pids)"
)


@pytest.mark.nightly
def test_notebook_01_runs_from_top_to_bottom(jupyterlab, lab_page, shot):
    page = lab_page()
    jupyterlab.open(page, "notebooks/01-one-object-per-worker.ipynb")
    run_all(page)
    assert errors(page) == {}
    for prediction in page.locator(".wl-predict").all():  # what came out waits for a choice
        prediction.locator("input").first.check()
    assert page.locator(".jp-OutputArea svg").count() >= 1, "the burst is drawn"
    assert page.locator(".jp-MarkdownCell img").evaluate_all(
        "images => images.length && images.every(image => image.naturalWidth > 0)"
    ), "the figures of the text are there"
    assert page.locator(".execute-time").count() > 5, "cells tell how long they took"
    assert page.get_by_text("Jupyter news").count() == 0
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        light = str(theme == "light").lower()
        page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        page.locator(".jp-OutputArea svg").first.scroll_into_view_if_needed()
        expect(page.locator(".jp-OutputArea svg").first).to_be_in_viewport()
        shot(page, "notebook-01")


@pytest.mark.further
def test_an_error_in_a_cell_is_seen(jupyterlab, lab_page):
    page = lab_page()
    jupyterlab.open(page, jupyterlab.write("wrong.ipynb", "1 / 1", "1 / 0"))
    run_all(page)
    assert list(errors(page)) == [1]
    assert "ZeroDivisionError" in errors(page)[1]


@pytest.mark.nightly
def test_an_interrupt_does_not_reach_the_server(jupyterlab, lab_page):
    page = lab_page()
    ask = "print(httpx.get(f'{server.url}/report').status_code, server.pids == before)"
    waits = (
        "before = server.pids\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('!')"
    )
    jupyterlab.open(page, jupyterlab.write("interrupted.ipynb", SERVED, waits, ask))
    menu(page, "Run", "^Run All Cells")
    page.wait_for_function(
        "document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')[1].innerText.includes('*')"
        " && document.querySelectorAll('.jp-CodeCell .jp-OutputArea')[0].innerText.includes('http')"
    )
    menu(page, "Kernel", "^Interrupt Kernel")
    wait_for_cell(page, 2)
    assert output(page, 1).strip() == "!"
    assert output(page, 2).strip() == "200 True"


@pytest.mark.nightly
def test_a_restart_leaves_nothing(jupyterlab, lab_page):
    page = lab_page()
    told = (
        "import psutil\nprint(server.log_files[0].parent, *server.pids, '|', "
        "*(child.pid for child in psutil.Process().children(recursive=True)))"
    )
    jupyterlab.open(page, jupyterlab.write("restarted.ipynb", SERVED, told))
    run_all(page)
    ours, _, all_of_it = output(page, 1).partition("|")
    folder, *workers = ours.split()
    started = [int(pid) for pid in all_of_it.split()]
    assert {int(pid) for pid in workers} < set(started) == set(alive(started))
    assert Path(folder).is_dir()
    menu(page, "Kernel", "^Restart Kernel…")
    gone(started)
    assert not Path(folder).exists()


@pytest.mark.further
def test_its_terminal_finds_workerlab_even_in_a_login_shell(jupyterlab, lab_page, tmp_path):
    """Debian's /etc/profile, which a login shell reads, sets PATH anew."""
    page, result = lab_page(), tmp_path / "result.json"
    page.goto(f"{jupyterlab.url}lab?token={jupyterlab.token}&reset")
    with page.expect_websocket(lambda socket: "/terminals/" in socket.url) as opened:
        page.locator(".jp-LauncherCard", has_text="Terminal").click()
    opened.value.wait_for_event("framereceived", lambda frame: '"stdout"' in frame)  # its prompt
    page.locator(".jp-Terminal").click()
    page.keyboard.type(f"bash -lc 'workerlab check lab01 --json {result}'\n")
    until = time.monotonic() + PATIENCE_S
    while not result.exists() and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert [lab["lab"] for lab in json.loads(result.read_text())["labs"]] == ["lab01_detective"]


@pytest.mark.further
def test_its_kernel_finds_workerlab(jupyterlab, lab_page):
    page = lab_page()
    ask = "import shutil, sys\nprint(shutil.which('workerlab'), sys.prefix)"
    jupyterlab.open(page, jupyterlab.write("which.ipynb", ask))
    run_all(page)
    found, prefix = output(page, 0).split()
    assert found == f"{prefix}/bin/workerlab"


@pytest.mark.nightly
def test_links_work_behind_the_hubs_proxy(behind_a_hub, lab_page):
    page = lab_page()
    start = "from workerlab import serve\nserve('apps/meta_object.py', workers=1, runner={!r})"
    cells = [start.format(runner) for runner in ("uvicorn", "gunicorn")]
    behind_a_hub.open(page, behind_a_hub.write("proxied.ipynb", *cells))
    run_all(page)
    hub = behind_a_hub.url.removesuffix("/user/abc/")
    links = [
        [link.get_attribute("href") for link in cell.locator(".jp-OutputArea a").all()]
        for cell in page.locator(".jp-CodeCell").all()
    ]
    (uvicorn, docs), (gunicorn,) = links
    assert uvicorn.startswith("/user/abc/proxy/") and docs == f"{uvicorn}docs"
    assert "(without /docs: gunicorn has no --root-path)" in output(page, 1)
    for link in (uvicorn, gunicorn):
        assert page.request.get(f"{hub}{link}report").json() == {"count": 0}
    # Swagger comes from elsewhere, and there is no network: in its place, what it does first.
    swagger = "window.SwaggerUIBundle = Object.assign(o => fetch(o.url), {presets: {}})"
    page.context.route("**/swagger-ui-bundle.js", lambda route: route.fulfill(body=swagger))
    with page.context.expect_event(
        "response", lambda response: response.url.endswith("/openapi.json")
    ) as asked:
        page.get_by_role("link", name="docs", exact=True).click()
    assert asked.value.url == f"{hub}{uvicorn}openapi.json"
    assert asked.value.json()["servers"] == [{"url": uvicorn.rstrip("/")}]
