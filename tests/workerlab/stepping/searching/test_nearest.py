"""A long body is cut in words; the field in which it is wrong is named all the same."""

from workerlab import explore

TITLES = """
import json, os
from fastapi import Body, FastAPI

app = FastAPI()
PATH = os.environ["STATE"]


@app.post("/reset")
def reset():
    with open(PATH, "w") as file:
        json.dump({"text": "x" * 100, "title": "", "words": 0}, file)
    return {}


@app.put("/page")
def change(title: str = Body(embed=True)):
    with open(PATH) as file:
        page = json.load(file)
    with open(PATH + title, "w") as file:
        json.dump({**page, "title": title, "words": page["words"] + 1}, file)
    os.replace(PATH + title, PATH)
    with open(PATH) as file:
        return json.load(file)
"""


def test_the_field_that_differs_is_named_though_the_body_is_cut(tmp_path):
    (tmp_path / "titles.py").write_text(TITLES)
    verdict = explore(
        tmp_path / "titles.py", env={"STATE": str(tmp_path / "page")}, before="POST /reset", after="",
        program='PUT /page {"title": "a"} | PUT /page {"title": "b"}', model="serial",
        placements=("two workers",),
    )  # fmt: skip
    assert verdict.status == "failed"
    assert "…" in verdict.message
    assert verdict.message.endswith("; from the nearest order it differs in B's words (1, not 2)")
