"""The notebooks in JupyterLab, as a reader meets them."""

import pytest
from jupyter import errors, menu, output, run_all, wait_for_cell

from workerlab.notebook import alive, gone

SERVED = (
    "import os, time, httpx\nfrom workerlab import serve\n"
    "server = serve('apps/meta_object.py', workers=2)\nprint(server.url, *server.pids)"
)


def test_notebook_01_runs_from_top_to_bottom(jupyterlab, lab_page, shot):
    page = lab_page()
    jupyterlab.open(page, "notebooks/01-one-object-per-worker.ipynb")
    run_all(page)
    assert errors(page) == []
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
        assert page.locator(".jp-OutputArea svg").first.is_visible()
        shot(page, "notebook-01")


def test_an_error_in_a_cell_is_seen(jupyterlab, lab_page):
    page = lab_page()
    jupyterlab.open(page, jupyterlab.write("wrong.ipynb", "1 / 0"))
    run_all(page)
    (error,) = errors(page)
    assert "ZeroDivisionError" in error


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


def test_a_restart_leaves_nothing(jupyterlab, lab_page):
    page = lab_page()
    jupyterlab.open(page, jupyterlab.write("restarted.ipynb", SERVED))
    run_all(page)
    pids = [int(word) for word in output(page, 0).split()[1:]]
    assert len(alive(pids)) == 2
    menu(page, "Kernel", "^Restart Kernel…")
    gone(pids)


@pytest.mark.parametrize("path", ["report", "docs"])
def test_links_work_behind_the_hubs_proxy(behind_a_hub, lab_page, path):
    page = lab_page()
    show = SERVED.replace("print(server.url, *server.pids)", "server")
    behind_a_hub.open(page, behind_a_hub.write(f"proxied-{path}.ipynb", show))
    run_all(page)
    link = page.locator(".jp-OutputArea a").first.get_attribute("href")
    assert link.startswith("/user/abc/proxy/")
    asked = []
    page.on("response", lambda response: asked.append((response.url, response.status)))
    answer = page.goto(f"{behind_a_hub.url.partition('/user/')[0]}{link.rstrip('/')}/{path}")
    assert answer.status == 200
    if path == "report":
        assert answer.json() == {"count": 0}
    else:  # Swagger's own files are not on this machine; but it must know where the API is
        assert f"url: '{link.rstrip('/')}/openapi.json'" in answer.text()
        api = page.request.get(
            f"{behind_a_hub.url.partition('/user/')[0]}{link.rstrip('/')}/openapi.json"
        )
        assert api.json()["servers"] == [{"url": link.rstrip("/")}]
