"""Small services with faults that people report, wrong and right, asked as a reader would ask."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from workerlab import explore

FIELD = Path(__file__).parent / "field"
REFRESH = 'POST /refresh {"refresh_token": "{before.0.refresh_token}"}'
CHARGE = 'POST /charges {"amount": 5} -H "Idempotency-Key: k1"'
HITS = {"before": "POST /reset", "program": "POST /hit | POST /hit", "after": "GET /hits"}
QUESTIONS = {
    "items_dict": {
        "before": "DELETE /items",
        "program": 'POST /items {"id": 1, "name": "a"} | GET /items/1',
        "after": "GET /items/1",
    },
    "refresh": {
        "before": 'POST /login {"user": "ada"}',
        "program": f"{REFRESH} | {REFRESH}",
        "after": "GET /sessions/ada",
    },
    "jobs": {
        "before": "",
        "program": 'POST /convert {"text": "hi"}',
        "after": "GET /status/{A.task_id}",
    },
    "stampede": {
        "before": "DELETE /cache",
        "program": "GET /price | GET /price",
        "after": "GET /calls",
    },
    "idempotency": {
        "before": "DELETE /charges",
        "program": f"{CHARGE} | {CHARGE}",
        "after": "GET /charges",
    },
    "longbody": {**HITS, "after": "GET /page"},
    "middleware": HITS,
}
DISAGREE = "the workers disagree, without any race"
TRUTH = {  # and a part of the message
    "items_dict/wrong": ("failed", DISAGREE),
    "items_dict/right": ("passed", ""),
    "refresh/wrong": ("failed", '{"live": 2}'),
    "refresh/right": ("passed", ""),
    "jobs/wrong": ("failed", DISAGREE),
    "jobs/right": ("passed", "complete for different workers"),
    "stampede/wrong": ("failed", '{"calls": 2}'),
    "stampede/wrong_nosleep": ("failed", '{"calls": 2}'),
    "stampede/wrong_sync_sleep": ("failed", '{"calls": 2}'),
    "stampede/right": ("passed", ""),
    "idempotency/wrong": ("failed", '{"charges": 2}'),
    "idempotency/right": ("passed", "no time-to-live ran out"),
    "longbody/wrong": ("failed", "one after the other"),
    "longbody/wrong_short": ("failed", "one after the other"),
    "middleware/base": ("failed", '{"n": 1}'),
    "middleware/http_mw": ("failed", '{"n": 1}'),
    "middleware/asgi_mw": ("failed", '{"n": 1}'),
    "middleware/http_mw_right": ("passed", ""),
    "middleware/asgi_mw_right": ("passed", ""),
}
AT_NIGHT = {"stampede/wrong_nosleep", "stampede/wrong_sync_sleep", "middleware/base"}


def asked(app: Path, tmp_path: Path, redis_service, **question: str):
    notes: list[str] = []
    env = {"STATE_FILE": str(tmp_path / "state.db"), "REDIS_URL": redis_service[1]}
    options = {"model": "serial", "seconds": 1.0, "note": notes.append, "env": env}
    return explore(app, **options, services=[redis_service[0].pid], **question), notes


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.nightly] * (case in AT_NIGHT)) for case in TRUTH],
)
def test_a_service_is_judged_right(case, tmp_path, redis_service):
    status, part = TRUTH[case]
    question = QUESTIONS[case.partition("/")[0]]
    verdict, _ = asked(FIELD / f"{case}.py", tmp_path, redis_service, **question)
    assert verdict.status == status, verdict.message
    assert part in verdict.message


THINGS = {"before": "DELETE /things/"}
A, B = 'POST /things/ {"name": "a|b"}', 'POST /things/ {"name": "b"}'


@pytest.mark.parametrize(
    ("question", "status", "part", "left_out"),
    [
        ({**THINGS, "program": f"{A} | {B}", "after": "GET /names"}, "passed", "", "A: id, B: id"),
        (
            {
                "before": "DELETE /things/ | POST /named/x",
                "program": "DELETE /named/x | DELETE /named/x",
                "after": "GET /names",
            },
            "passed",
            "",
            "",
        ),
        (
            {"before": "", "program": "POST /things/ {} | POST /things/ {}", "after": ""},
            "inconclusive",
            "is answered 422",
            "",
        ),
        (
            {**THINGS, "program": 'POST /things {"name": "a"} | POST /things {"name": "a"}'},
            "inconclusive",
            "with or without the slash at its end",
            "",
        ),
        ({"before": "", "program": "GET /stream | GET /stream", "after": ""}, "passed", "", ""),
        (
            {"before": "", "program": "GET /sse | GET /sse", "after": ""},
            "inconclusive",
            "gets no response, even alone",
            "",
        ),
    ],
)
def test_what_a_request_may_look_like(question, status, part, left_out, tmp_path, redis_service):
    question = {"after": "GET /names", **question}
    verdict, notes = asked(FIELD / "probe" / "app.py", tmp_path, redis_service, **question)
    assert verdict.status == status, verdict.message
    assert part in verdict.message
    assert left_out in " ".join(note for note in notes if "left out" in note)


SELL = {
    "before": "POST /stock/lamp/1",
    "program": "POST /buy/lamp | POST /buy/lamp",
    "after": "GET /stock/lamp",
}


@pytest.mark.parametrize(
    ("app", "app_dir"),
    [
        ("proj/app/main.py", None),  # in a package, with relative imports
        ("root/main.py", None),  # beside a package that is called app
        ("app.main:app", "proj"),
        ("app.factory:create_app", "proj"),  # a function that makes it
    ],
)
def test_it_starts_where_it_lies(app, app_dir, tmp_path, redis_service):
    layout = copytree(FIELD / "layout", tmp_path / "layout")  # its database lies beside it
    where = {"app_dir": layout / app_dir} if app_dir else {}
    place = app if app_dir else layout / app
    verdict, _ = asked(place, tmp_path, redis_service, **SELL, **where)
    assert verdict.status == "failed", verdict.message
    assert '{"ok": true}' in verdict.message
