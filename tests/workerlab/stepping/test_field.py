"""Small services with faults that people report, wrong and right, asked as a reader would ask."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
from further import mostly_further
from redis import Redis

from workerlab import explore

FIELD = Path(__file__).parent / "field"
REFRESH = 'POST /refresh {"refresh_token": "{before.0.refresh_token}"}'
CHARGE = 'POST /charges {"amount": 5} -H "Idempotency-Key: k1"'
UPLOAD = "POST /caption -F text={0} -F 'file={1};filename={0}.txt'"
HITS = {"before": "POST /reset", "program": "POST /hit | POST /hit", "after": "GET /hits"}
QUESTIONS = {
    "items_dict": {
        "before": "DELETE /items",
        "program": 'POST /items {"id": 1, "name": "a"} | GET /items/1',
        "after": "GET /items/1",
    },
    "ratelimit": {
        "before": "POST /reset",
        "program": "GET /home | GET /home",
        "after": "",
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
    "upload": {
        "before": "",
        "program": f"{UPLOAD.format('a', 'hello')} | {UPLOAD.format('b', 'wor|d')}",
        "after": "",
    },
    "longbody": {**HITS, "after": "GET /page"},
    "middleware": HITS,
    "drawn_page": {
        "before": "",
        "program": "POST /orders?what=tea | POST /orders?what=ink",
        "after": "GET /orders.csv",
    },
}
DISAGREE = "the workers disagree, without any race"
TRUTH = {  # and a part of the message
    "items_dict/wrong": ("failed", DISAGREE),
    "items_dict/right": ("passed", ""),
    "ratelimit/wrong": ("failed", DISAGREE),
    "ratelimit/right": ("passed", ""),
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
    "upload/wrong": ("failed", "the one outcome: A: 200 "),
    "upload/right": ("passed", ""),
    "longbody/wrong": ("failed", "one after the other"),
    "longbody/wrong_short": ("failed", "one after the other"),
    "middleware/base": ("failed", '{"n": 1}'),
    "middleware/http_mw": ("failed", '{"n": 1}'),
    "middleware/asgi_mw": ("failed", '{"n": 1}'),
    "middleware/http_mw_right": ("passed", ""),
    "middleware/asgi_mw_right": ("passed", ""),
    "drawn_page/wrong": ("inconclusive", "a loss would not show"),
}
ALWAYS = {
    *("items_dict/wrong", "refresh/wrong", "idempotency/right", "upload/wrong"),
    *("longbody/wrong", "drawn_page/wrong"),
}  # the others are further cases
AT_NIGHT = ("middleware/base", "stampede/wrong_nosleep", "stampede/wrong_sync_sleep")


def asked(app: Path, tmp_path: Path, redis_service, **question: str):
    notes: list[str] = []
    env = {"STATE_FILE": str(tmp_path / "state.db"), "REDIS_URL": redis_service[1]}
    options = {"model": "serial", "seconds": 1.0, "note": notes.append, "env": env}
    return explore(app, **options, services=[redis_service[0].pid], **question), notes


@pytest.mark.parametrize(
    "case",
    [
        *mostly_further((case for case in TRUTH if case not in AT_NIGHT), ALWAYS.__contains__),
        *(pytest.param(case, marks=pytest.mark.nightly) for case in AT_NIGHT),
    ],
)
def test_a_service_is_judged_right(case, tmp_path, redis_service):
    status, part = TRUTH[case]
    question = QUESTIONS[case.partition("/")[0]]
    verdict, _ = asked(FIELD / f"{case}.py", tmp_path, redis_service, **question)
    assert verdict.status == status, verdict.message
    assert part in verdict.message


WITHOUT_A_RESET = ("items_dict", "stampede", "idempotency")


@pytest.mark.nightly
@pytest.mark.parametrize(
    "case", [case for case in TRUTH if case.startswith(WITHOUT_A_RESET) and case not in AT_NIGHT]
)
def test_it_needs_no_reset(case, tmp_path, redis_service):
    """The same questions without the requests before: what the app has written is put back."""
    server, url = redis_service
    with Redis.from_url(url) as client:
        client.flushall()
    status, part = TRUTH[case]
    question = {**QUESTIONS[case.partition("/")[0]], "before": "", "stores": [server]}
    env = {"STATE_FILE": str(tmp_path / "state.db"), "REDIS_URL": url}
    app = FIELD / f"{case}.py"
    verdict = explore(app, model="serial", seconds=1.0, env=env, **question)
    assert verdict.status == status, verdict.message
    assert part in verdict.message


THINGS = {"before": "DELETE /things/"}
A, B = 'POST /things/ {"name": "a|b"}', 'POST /things/ {"name": "b"}'


@pytest.mark.further
@pytest.mark.parametrize(
    ("question", "status", "part", "left_out"),
    [
        ({**THINGS, "program": f"{A} | {B}", "after": "GET /names"}, "passed", "", ""),
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
        pytest.param(
            {"before": "", "program": "GET /sse | GET /sse", "after": ""},
            "inconclusive",
            "gets no response, even alone",
            "",
            marks=pytest.mark.nightly,
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
        pytest.param("root/main.py", None, marks=pytest.mark.further),  # beside a package `app`
        pytest.param("app.main:app", "proj", marks=pytest.mark.further),
        pytest.param("app.factory:create_app", "proj", marks=pytest.mark.further),  # a function
    ],
)
def test_it_starts_where_it_lies(app, app_dir, tmp_path, redis_service):
    layout = copytree(FIELD / "layout", tmp_path / "layout")  # its database lies beside it
    where = {"app_dir": layout / app_dir} if app_dir else {}
    place = app if app_dir else layout / app
    verdict, _ = asked(place, tmp_path, redis_service, **SELL, **where)
    assert verdict.status == "failed", verdict.message
    assert '{"ok": true}' in verdict.message
