"""A losing schedule as text and as SVG: which request moved when, with which value, and the outcome."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from evidences import GET, answers, lost_update, request, step

from workerlab.draw import schedule, schedule_svg, schedule_text
from workerlab.draw.schedule_layout import picture_of
from workerlab.draw.words import cells

SVG = "{http://www.w3.org/2000/svg}"
AS_IN_THE_DESIGN = """
  worker 4711                                      worker 4712
  A  POST /increment                               B  POST /increment
  ───────────────────────────────────────────────  ───────────────────────────────────────────────
    9  count = await r.get("count")  → 0
    └─ preempted with 0 in hand ──────────────────▶
                                                     9  count = await r.get("count")  → 0
                                                    10  await r.set("count", count + 1)  wrote 1
                                                     ↩  200 {"count": 1}
   10  await r.set("count", count + 1)  wrote 1
    ↩  200 {"count": 1}
  ── GET /report  200 {"count": 1}
  ── expected  every order gives report 2
  ── actual    report says 1
     replayed 3 times of 3, seed 1
"""


def drawn_texts(svg: str) -> list[str]:
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_column_a_worker_and_time_downward():
    assert schedule_text(lost_update()) == AS_IN_THE_DESIGN.strip("\n")


def test_both_faces_say_the_same():
    text, shown = schedule_text(lost_update()), drawn_texts(schedule_svg(lost_update()))
    for words in ("worker 4712", 'GET /report  200 {"count": 1}', "preempted with 0 in hand"):
        assert words in text and words in shown
    assert "read 0" in shown and "wrote 1" in shown


def test_two_files_are_distinguished_and_one_is_not_named():
    steps = [step("A", file="app.py"), step("A", file="store.py", line=3, source="n = get()")]
    steps += [step("B", file="app.py"), answers("A", 1), answers("B", 1)]
    text = schedule_text(lost_update(steps=steps))
    assert re.findall(r"in (\w+\.py)", text) == ["app.py", "store.py", "app.py"]
    assert "in store.py" in drawn_texts(schedule_svg(lost_update(steps=steps)))
    assert "in app.py" not in schedule_text(lost_update())


def test_what_was_asked_after_has_no_column_even_if_the_evidence_has_steps_of_it():
    late = step("after0", read="1", source="return count")
    steps = [*lost_update()["steps"], late, answers("after0", 1)]
    requests = [*lost_update()["requests"][:2], request("after0", "GET", "/report", 4711)]
    assert schedule_text(lost_update(steps=steps, requests=requests)) == AS_IN_THE_DESIGN.strip(
        "\n"
    )


def test_another_worker_is_named_where_it_answers_after_a_crash():
    steps = [step("A", read="0"), step("A", "killed", note="killed before line 10")]
    requests = [
        request("A", "POST", "/increment", 4711, status=None, output=None),
        request("-", "POST", "/increment", 4713, status=None, output=None),
        request("-", "GET", "/report", 4713),
    ]
    text = schedule_text({"program": "POST /increment", "steps": steps, "requests": requests})
    assert "✗  killed before line 10" in text
    assert "── POST /increment on worker 4713  no answer" in text
    assert '── GET /report on worker 4713  200 {"count": 1}' in text


def test_of_many_requests_asked_after_the_first_are_drawn():
    asked = [request("-", "GET", f"/report/{place}", 4711) for place in range(20)]
    text = schedule_text(lost_update(requests=asked))
    assert "/report/7" in text and "/report/8" not in text and "… and 12 requests more" in text


def test_a_value_that_finds_no_room_stands_below_its_code():
    long = "count = int(await store.get(f'{prefix}:count') or 0)"
    lines = schedule_text(lost_update(steps=[step("A", source=long, read="b'0'"), step("B")]), 100)
    rows = lines.splitlines()
    place = next(n for n, line in enumerate(rows) if line.startswith("    9  count = int"))
    assert rows[place + 1].strip() == "→ b'0'"


@pytest.mark.parametrize("width", [72, 80, 100, 140])
def test_no_line_is_wider_than_it_may_be(width):
    steps = [step("A", source="x" * 300, read="y" * 300), step("B", note="n" * 300, wrote="z" * 99)]
    text = schedule_text(lost_update(steps=steps, expected="e " * 300, actual="a" * 300), width)
    assert max(map(cells, text.splitlines())) <= width


def test_many_requests_stand_one_under_the_other():
    names = "ABCD"
    steps = [step(name, worker=100 + place) for place, name in enumerate(names)]
    text = schedule_text(lost_update(program="|".join(names), steps=steps))
    assert [line.split()[0] for line in text.splitlines() if "│" in line] == list(names)


def test_two_requests_of_one_worker_have_a_column_each():
    steps = [step("B", worker=7, preempted=True), step("A", worker=7), step("B", worker=7)]
    text = schedule_text(lost_update(steps=steps, placement="one worker"))
    titles, subtitles, *_ = text.splitlines()
    assert titles.split() == ["worker", "7", "worker", "7"]
    assert subtitles.split() == ["A", "POST", "/increment", "B", "POST", "/increment"]


def test_a_line_that_went_on_later_is_marked():
    steps = [step("A", preempted=True), step("B"), step("A", read="0")]
    assert f"9  … {GET}" in schedule_text(lost_update(steps=steps))


def test_waiting_and_dead_workers_are_shown():
    waits = [step("A", "blocked", note="waits"), step("B"), step("A", "killed", note="killed here")]
    for face in (schedule_text, schedule_svg):
        assert "waits for the lock" in face(lost_update(steps=waits))
        assert "killed here" in face(lost_update(steps=waits))


@pytest.mark.parametrize("evidence", [{}, {"steps": []}, {"steps": [{}]}, {"requests": [{}]}])
def test_evidence_that_says_little_is_drawn_too(evidence):
    assert schedule_text(evidence)
    ElementTree.fromstring(schedule_svg(evidence))


def test_what_a_student_prints_cannot_break_the_drawing():
    evil = '</text><script>alert(1)</script>\x1b[31m\u202e&"\n'
    evidence = lost_update(steps=[step("A", source=evil, read=evil, worker=evil)], actual=evil)
    svg, text = schedule_svg(evidence), schedule_text(evidence)
    assert not list(ElementTree.fromstring(svg).iter(f"{SVG}script"))
    assert "\x1b" not in svg + text and "\u202e" not in svg + text


def test_workers_differ_by_more_than_colour():
    svg = schedule_svg(lost_update())
    assert re.search(r'fill="url\(#wl\w+h1\)"', svg), "the second worker has a hatch"
    places = re.findall(r'<text x="([\d.]+)" y="71"', svg)
    assert len(set(places)) == 2, "and a place of its own"


def test_it_is_one_file_that_names_itself_and_follows_the_theme():
    root = ElementTree.fromstring(svg := schedule_svg(lost_update()))
    assert root.get("role") == "img" and root.get("aria-labelledby")
    assert root.findtext(f"{SVG}title") == "One schedule that loses, two workers: report says 1"
    assert "preempted with 0 in hand" in root.findtext(f"{SVG}desc")
    assert "prefers-color-scheme:dark" in svg and "http" not in svg.replace(SVG[1:-1], "")


def test_two_drawings_on_one_page_share_no_id():
    first, second = schedule_svg(lost_update()), schedule_svg(lost_update(seed=2))
    assert not set(re.findall(r'\bid="([^"]+)"', first)) & set(
        re.findall(r'\bid="([^"]+)"', second)
    )


def test_all_text_lies_inside_the_drawing():
    root = ElementTree.fromstring(schedule_svg(lost_update()))
    width, height = float(root.get("width")), float(root.get("height"))
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x")) < width and 0 < float(element.get("y")) < height


def test_a_notebook_is_given_both_faces():
    bundle = schedule(lost_update())._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml"}
    assert bundle["text/plain"] == AS_IN_THE_DESIGN.strip("\n")


def test_a_request_that_has_not_begun_has_a_column_and_no_row():
    evidence = lost_update(steps=[step("A", source="n = r.get()")])
    titles = [column.title for column in picture_of(evidence).columns]
    assert titles == ["worker 4711", "worker 4712"]
    assert "worker 4712" in schedule_svg(evidence) and "worker 4712" in schedule_text(evidence)


def test_the_write_that_did_the_harm_is_marked():
    evidence = lost_update()
    evidence["steps"][4] |= {"wrote": "count = 1", "note": "out of date"}
    lines = schedule_text(evidence).splitlines()
    assert [line for line in lines if "✗ out of date" in line and "wrote count = 1" in line]
    assert "✗ out of date" in schedule_svg(evidence)


def test_a_key_stands_beside_its_value_and_only_the_value_is_in_hand():
    evidence = lost_update()
    evidence["steps"][0]["read"] = "count = 0"
    evidence["steps"][2]["wrote"] = "count gone"
    text = schedule_text(evidence)
    assert "→ count = 0" in text and "preempted with 0 in hand" in text
    assert "count gone" in text and "wrote count gone" not in text
