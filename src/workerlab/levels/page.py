"""A level as a piece of a page: what can be read without JavaScript, and the game that takes its place.

Nothing is loaded from anywhere. A site puts `fragment` into a page; a notebook shows `framed`,
whose keys are its own and not JupyterLab's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from html import escape
from importlib.resources import files

from workerlab.levels.level import DEFEND, Did, Level, Node, Variant
from workerlab.levels.playing import best, reaching, state, survivors

_COLOURED = re.compile(
    r"(?P<i>#[^\n]*)|(?P<s>\"\"\".*?\"\"\"|\"[^\"\n]*\"|'[^'\n]*')|"
    r"\b(?P<k>async|await|def|return|if|not|raise|with|as|import|from|is|None|try|except|finally)\b"
)


def fragment(level: Level, following: str = "") -> str:
    """The level as HTML. `following` is the address of the next one, where there is a next one."""
    shown = {key: value for key, value in level.items() if key not in ("made", "hint", "variants")}
    variants = [
        {
            **{key: value for key, value in one.items() if key != "code"},
            "tree": _short(one["tree"]),
            "steps": [_without_call(did) for did in one["steps"]],
        }
        for one in level["variants"]
    ]
    data = _in_script({**shown, "variants": variants})
    after = f' data-next="{escape(following)}"' if following else ""
    return (
        f"<style>{_file('level.css')}</style>\n"
        f'<section class="wl-level" aria-label="Be the scheduler: {escape(level["title"])}"{after}>\n'
        f'<p class="lv-goal"><b>{_kind(level)}</b> {escape(level["goal"])}</p>\n'
        f'<p class="lv-rules">{_rules(level)}</p>\n'
        '<p class="lv-without">To play it, allow JavaScript. Without it, read the code and the '
        "solution.</p>\n"
        '<div class="lv-play" hidden></div>\n'
        + "".join(_listing(one) for one in level["variants"])
        + '<div class="lv-more">'
        f"<details><summary>A hint</summary><p>{escape(level['hint'])}</p></details>\n"
        f'<details class="lv-solution"><summary>The solution</summary>{_solution(level)}</details>\n'
        f'<p class="lv-made">{_made(level)}</p></div>\n'
        f'<script type="application/json" class="lv-data">{data}</script>\n'
        f"<script>{_file('level.js')}</script>\n"
        "</section>"
    )


def framed(level: Level) -> str:
    """The level as a document of its own in an iframe, for a notebook."""
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(level['title'])}</title>"
        "<style>html{background:none}body{margin:0}.wl-level{padding:0.8rem}</style></head>"
        f"<body>{fragment(level)}</body></html>"
    )
    return (
        f'<iframe title="Be the scheduler: {escape(level["title"])}" '
        'style="width:100%;height:52rem;border:1px solid #8884;border-radius:8px" '
        f"srcdoc='{_in_single_quotes(document)}'></iframe>"
    )


def in_words(level: Level) -> str:
    """The level as text: the code, the goal, and no solution."""
    asked = "\n".join(f"  {name}: {text}" for name, text in level["requests"].items())
    codes = "\n\n".join(f"# {one['app']}\n{one['code']}" for one in level["variants"])
    return f"{level['title']}\n{level['goal']}\n{asked}\n\n{codes}"


def kills(level: Level) -> bool:
    """Whether the worker of A can be killed in it."""
    return any(did["kind"] == "killed" for one in level["variants"] for did in one["steps"])


def _kind(level: Level) -> str:
    return "Defend it" if level["kind"] == DEFEND else "Break it"


def _rules(level: Level) -> str:
    where = "in one worker" if level["placed"] == "one worker" else "each on a worker of its own"
    how = {2: "Two", 3: "Three"}[len(level["requests"])]
    if level["kind"] == DEFEND:
        return (
            f"{how} requests, {where}. Look at each app, move its requests, and say which one no "
            "order breaks."
        )
    if kills(level):
        return (
            "Two workers. A runs line by line: press A. At the right moment press X, which kills its "
            "worker. Then press B, which is asked on the other one."
        )
    par = level["par"]
    switches = "1 switch" if par == 1 else f"{par} switches"
    return (
        f"{how} requests, {where}. You choose who runs its next line: press the letter. "
        f"A switch leaves a request standing that could go on. Par: {switches}."
    )


def _listing(variant: Variant) -> str:
    rows = "".join(f"<li><code>{line or ' '}</code></li>" for line in _coloured(variant["code"]))
    title = f"{escape(variant['title'])} · " if variant["title"] else ""
    caption = f"{title}<code>{escape(variant['app'])}</code>"
    return f'<figure class="lv-code"><figcaption>{caption}</figcaption><ol>{rows}</ol></figure>\n'


def _coloured(code: str) -> Iterator[str]:
    """Each line as HTML. No string of a level's app but the scripts in it spans lines."""
    for line in code.rstrip().split("\n"):
        parts, end = [], 0
        for found in _COLOURED.finditer(line):
            parts.append(escape(line[end : found.start()], quote=False))
            text = escape(found[0], quote=False)
            kind = found.lastgroup
            parts.append(
                f"<i>{text}</i>" if kind == "i" else f'<span class="lv-{kind}">{text}</span>'
            )
            end = found.end()
        yield "".join([*parts, escape(line[end:], quote=False)])


def _solution(level: Level) -> str:
    if level["kind"] != DEFEND:
        [variant] = level["variants"]
        return _schedule(variant) + f"<p>{escape(level['won'])} {escape(level['lesson'])}</p>"
    holds = [escape(level["variants"][at]["title"]) for at in survivors(level)]
    parts = [f"<p>No order breaks this one: {', '.join(holds)}. {escape(level['lesson'])}</p>"]
    parts += [
        f"<p>This breaks “{escape(variant['title'])}”:</p>{_schedule(variant)}"
        for variant in level["variants"]
        if not variant["survives"]
    ]
    return "".join(parts)


def _schedule(variant: Variant) -> str:
    """The simplest schedule that reaches the goal, as a list."""
    moves = best(variant) or ()
    lines = variant["code"].split("\n")
    steps = (did for end in range(1, len(moves) + 1) for did in state(variant, moves[:end]).did)
    rows = [f"<li>{_row(did, lines)}</li>" for did in steps]
    return f"<ol>{''.join(rows)}</ol>"


def _row(did: Did, lines: list[str]) -> str:
    if did["kind"] == "response":
        return f"{did['task']} is answered {escape(did['says'])}"
    if not did.get("line"):
        return f"{did['task']}: {escape(did.get('says', ''))}"
    if did.get("says"):
        source = escape(lines[did["line"] - 1].strip())
        return f"{did['task']} goes {did['says']} <code>{source}</code>"
    value = did.get("wrote") or did.get("read")
    how = "wrote" if did.get("wrote") else "read"
    told = f", {how} {escape(value)}" if value else ""
    return f"{did['task']}: <code>{escape(lines[did['line'] - 1].strip())}</code>{told}"


def _made(level: Level) -> str:
    day = date.fromisoformat(level["made"]["day"])
    runs = sum(one["schedules"] for one in level["variants"])
    told = f"All {runs} orders were run on real workers on {day.day} {day:%B %Y}."
    if level["kind"] != DEFEND:
        reached = reaching(level["variants"][0])
        told += f" {reached} of them {'reach' if reached != 1 else 'reaches'} the goal."
    return told + " What you see is what they did."


def _short(node: Node) -> list[object]:
    """A node as the page has it: what was done, then what follows or the ending, then who waits."""
    did = node["did"][0] if len(node["did"]) == 1 else node["did"]
    if "end" in node:
        short: list[object] = [did, node["end"]]
    else:
        short = [did, {name: _short(after) for name, after in node["next"].items()}]
    return [*short, node["waits"]] if "waits" in node else short


def _without_call(did: Did) -> dict[str, object]:
    """Most steps are calls, so the page need not say so."""
    return {key: value for key, value in did.items() if (key, value) != ("kind", "call")}


def _in_script(value: object) -> str:
    """JSON in which no sign can end a script or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _in_single_quotes(document: str) -> str:
    """As an attribute. JSON has many double quotes, which need not be written as `&quot;` here."""
    return document.replace("&", "&amp;").replace("'", "&#39;")


@cache
def _file(name: str) -> str:
    """A file of this folder, without what only its authors need: indentation, and whole-line comments."""
    text = files("workerlab.levels").joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
