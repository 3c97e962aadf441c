// The player: a recorded schedule step by step and back, or real workers let go by the reader.
//
// One module in the anywidget form, written by hand. It draws what `frames_of` (frames.py) says
// and decides nothing: with a kernel behind the model, the steps are the kernel's (live); without
// one, `still` stands in for the model, and the recorded steps are replayed.

const CSS = ""; // player.css, put here by player.py

/** A model without a kernel: what it is given, and nobody to tell. */
export function still(data) {
  const values = { data, mode: "replay" };
  return {
    get: (name) => values[name],
    set: (name, value) => (values[name] = value),
    on() {}, off() {}, save_changes() {}, send() {},
  };
}

/** Render a recorded schedule into an element; or several, of which the reader picks one. */
export const mount = (el, data) => (data.classes ? mountClasses(el, data) : render({ model: still(data), el }));

/** All classes of a program: radio buttons, and below them the player of the one that is picked. */
function mountClasses(el, data) {
  const group = `wl-${Math.random().toString(36).slice(2)}`;
  const stage = make("div");
  const show = (each) => render({ model: still(each.data), el: stage });
  const choices = data.classes.map((each, index) =>
    make("label.wl-class", { "data-loses": each.loses },
      make("input", { type: "radio", name: group, checked: index === 0, onchange: () => show(each) }),
      make("span", {}, make("span.wl-order", {}, `${each.number}. ${each.order}`),
        make("span.wl-soft", {}, `${each.loses ? "✗ loses" : "right"}: ${each.outcome}`))));
  el.replaceChildren(make("style", {}, CSS),
    make("fieldset.wl-player.wl-classes", {}, make("legend.wl-heading", {}, data.heading), ...choices), stage);
  if (data.classes.length) show(data.classes[0]);
}

/** An element with properties, classes ("tag.class") and children; text is never HTML. */
function make(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const el = document.createElement(tag);
  el.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.filter((child) => child !== null && child !== ""));
  return el;
}

const name = (column) => column.task || column.title;
const badge = (columns, place, moved = false) =>
  make(`span.wl-badge.wl-c${place % 4}`, { title: columns[place].title, "data-moved": moved }, name(columns[place]));

/** Whether a request moved in this step. When a time-to-live runs out, none does. */
const moves = (frame, place) => Boolean(frame) && frame.kind !== "expired" && frame.column === place;

// ------------------------------------------------------------------------ the parts of the page

/** A worker: its request, what it does now, what it has in its hand. */
function card(data, frame, place, button) {
  const column = data.columns[place];
  const state = frame ? frame.states[place] : "not begun";
  const moved = moves(frame, place);
  const answer = answerOf(data, frame, place);
  const hand = frame && frame.hands[place];
  return make(`section.wl-card.wl-c${place % 4}`,
    { "data-state": state, "data-moved": moved, "data-breaks": Boolean(answer) && answer.breaks },
    make("p.wl-who", {}, badge(data.columns, place, moved), make("span", {}, column.title)),
    make("p.wl-soft", {}, column.subtitle.replace(/^\S+\s\s/, "")),
    make("p.wl-state", {}, doing(data, frame, place)),
    make("p.wl-hand", {}, answer ? `↩ ${answer.text}` : hand ? `in hand: ${hand}` : "\u00a0"),
    button);
}

/** What a worker does, in words. Of all that could run, only the one that moves does. */
function doing(data, frame, place) {
  const state = frame ? frame.states[place] : "not begun";
  const answer = answerOf(data, frame, place);
  if (answer && moves(frame, place) && state === "runs") return "runs on after its answer";
  if (answer && state !== "killed") return answer.breaks ? "✗ answered: fits no order" : "answered";
  if (state === "runs") return moves(frame, place) ? "runs" : "is held";
  if (state === "waits" && frame.waits_for[place] !== null) return `waits for ${name(data.columns[frame.waits_for[place]])}`;
  return state;
}

/** The step with which a column was answered, up to this frame; null when it has not been. */
function answerOf(data, frame, place) {
  const until = data.frames.indexOf(frame);
  return data.frames.slice(0, until + 1).find((f) => f.column === place && f.kind === "answer") ?? null;
}

/** The value that was read or written last: what the workers share, as far as anybody saw it. */
function store(data, frame) {
  const last = frame && frame.last;
  const how = last ? `${last.how} by ${name(data.columns[last.column])}` : "nobody has looked yet";
  return make("section.wl-store", {},
    make("p.wl-soft", {}, "last read or written"),
    make("p.wl-value", { "data-long": last && last.value.length > 12 }, last ? last.value : "?"),
    make("p.wl-soft", {}, how));
}

/** The reader's lines of code, with a badge where each worker stands. */
function listing(data, frame) {
  const files = new Set(data.lines.map((line) => line.file));
  let shown = null, before = null;
  const rows = data.lines.flatMap((line, index) => {
    const moved = Boolean(frame) && frame.line === index;
    const marks = data.columns.map((_, place) => (frame && frame.places[place] === index
      ? badge(data.columns, place, moves(frame, place)) : make("span.wl-slot")));
    const gap = before !== null && line.file === shown && line.line > before + 1;
    before = line.line;
    const row = make("li.wl-line", { "data-now": moved, "data-gap": gap },
      make("span.wl-marks", {}, ...marks),
      make("span.wl-number", {}, String(line.line)),
      make("code", {}, line.text));
    const heading = files.size > 1 && line.file !== shown
      ? [make("li.wl-file", {}, line.file)] : [];
    shown = line.file;
    return [...heading, row];
  });
  return make("ol.wl-listing", { tabindex: "0", "aria-label": "the lines of code, and who stands where" }, ...rows);
}

/** All steps, time downward, a column for each request. Each is a button where one can go to it. */
function steps(data, at, go) {
  const head = make("div.wl-row.wl-head", { "aria-hidden": "true" },
    ...data.columns.map((_, place) => make("span.wl-cell", {}, badge(data.columns, place))));
  const rows = data.frames.map((frame, index) => {
    const when = index === at ? "now" : index < at ? "past" : "to-come";
    const marks = { "data-when": when, "data-kind": frame.kind, "data-breaks": frame.breaks,
      "aria-current": index === at ? "step" : null };
    const press = { type: "button", tabindex: "-1", "aria-label": `step ${index + 1}: ${frame.say}`, onclick: () => go(index) };
    const cells = frame.kind === "expired"
      ? [make("span.wl-cell.wl-wide", {}, frame.text)]
      : data.columns.map((_, place) => (place === frame.column
        ? make(`span.wl-cell.wl-on.wl-c${place % 4}`, {}, ...content(data, frame))
        : make("span.wl-cell")));
    return make(go ? "button.wl-row" : "div.wl-row", { ...marks, ...(go && press) }, ...cells);
  });
  return make("div.wl-steps", { role: "group", tabindex: "0", "aria-label": "all steps" }, head, ...rows);
}

const MARKS = { answer: "↩", waits: "░░", killed: "✗", file: "" };

/** What a step says in its cell: a line of code with its values, or an answer, or a wait. */
function content(data, frame) {
  const mark = MARKS[frame.kind] ?? (frame.line === null ? "" : String(data.lines[frame.line].line));
  const who = make("span.wl-lane", {}, badge(data.columns, frame.column)); // where the columns find no room
  const parts = [who, make("span.wl-mark", {}, frame.breaks ? `✗ ${mark}` : mark), ` ${frame.text}`];
  if (frame.read !== null) parts.push(make("b.wl-value", {}, ` → ${frame.read}`));
  if (frame.wrote !== null) parts.push(make("b.wl-value", {}, ` ${frame.wrote.endsWith(" gone") ? "" : "wrote "}${frame.wrote}`));
  if (frame.harm) parts.push(make("b.wl-harm", {}, ` ✗ ${frame.harm}`));
  const hand = frame.hands[frame.column];
  if (frame.preempted) parts.push(make("span.wl-cut", {}, hand === null ? "\u00a0✂ preempted" : `\u00a0✂ preempted with ${hand} in hand`));
  return parts;
}

/** The whole schedule in small, time to the right, a lane for each request. Its words are the steps. */
function lanes(data, at) {
  return data.frames.map((frame, index) => {
    const cell = make(`i.wl-c${frame.column % 4}`, { "data-kind": frame.kind, "data-now": index === at,
      "data-cut": frame.preempted, "data-breaks": frame.breaks });
    cell.style.gridArea = `${frame.column + 1} / ${index + 1}`;
    return cell;
  });
}

/** What came out of it: the answers afterwards, what was expected and what happened. */
function outcome(data) {
  const row = (term, text, breaks) => [make("dt", {}, term), make("dd", { "data-breaks": breaks }, text)];
  const after = data.after.flatMap((line, index) => {
    const breaks = index === data.breaks_after;
    return row(index ? "" : "afterwards", breaks ? `✗ ${line}: fits no order of the requests` : line, breaks);
  });
  const texts = [["expected", data.expected], ["actual", data.actual]].filter(([, text]) => text);
  return make("dl.wl-outcome", {},
    ...after, ...texts.flatMap(([term, text]) => row(term, text, false)));
}

// ------------------------------------------------------------------------------- the whole player

function render({ model, el }) {
  const live = model.get("mode") === "live";
  let at = live ? data().frames.length - 1 : -1;
  const root = make("div.wl-player", { role: "group", tabindex: "0", "data-mode": live ? "live" : "replay",
    "data-lm-suppress-shortcuts": "true" });
  const parts = Object.fromEntries(
    ["top", "cards", "bar", "lanes", "panes", "tried", "end"].map((part) => [part, make(`div.wl-${part}`)]));
  const say = make("p.wl-say", { "aria-live": "polite" });
  const message = make("p.wl-message", { role: "status" });
  root.append(make("style", {}, CSS), parts.top, parts.cards, parts.bar, parts.lanes, say, parts.panes, message, parts.tried, parts.end);
  root.addEventListener("keydown", onkey);
  parts.lanes.setAttribute("aria-hidden", "true");
  if (!live) for (const event of ["pointerdown", "pointermove"]) parts.lanes.addEventListener(event, drag);
  el.replaceChildren(root);

  function data() {
    return model.get("data");
  }

  function go(index) {
    at = Math.max(-1, Math.min(data().frames.length - 1, index));
    draw();
  }

  function send(message) {
    if (!model.get("busy")) model.send(message);
  }

  const next = () => (live ? letGo(goesOn()) : go(at + 1));
  const back = () => (live ? send({ do: "back" }) : go(at - 1));
  const first = () => (live ? send({ do: "reset" }) : go(-1));
  const last = () => go(data().frames.length - 1);

  /** Live: the one who moved last, while it may; else the first that may. */
  function goesOn() {
    const enabled = model.get("enabled") ?? [];
    const frame = data().frames.at(-1);
    const task = frame && data().columns[frame.column].task;
    return enabled.includes(task) ? task : enabled[0];
  }

  function letGo(task) {
    if (task && (model.get("enabled") ?? []).includes(task)) send({ do: "step", task });
  }

  /** Press or drag in the small picture: go to the step below the pointer. */
  function drag(event) {
    if (!event.buttons) return;
    parts.lanes.setPointerCapture(event.pointerId);
    const cells = parts.lanes.children, begin = parts.lanes.getBoundingClientRect().left;
    const width = cells.length ? cells[cells.length - 1].getBoundingClientRect().right - begin : 1;
    const index = Math.floor(((event.clientX - begin) / width) * cells.length);
    if (index !== at) go(index);
  }

  function onkey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const columns = data().columns;
    const byLetter = columns.find((column) => live && column.task.toLowerCase() === event.key.toLowerCase());
    const byNumber = live && columns[Number(event.key) - 1];
    const actions = { ArrowRight: next, ArrowLeft: back, Home: first, End: live ? null : last };
    const action = actions[event.key] ?? ((byLetter || byNumber) && (() => letGo((byLetter || byNumber).task)));
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  function button(text, title, action, off, label = null) {
    return make("button.wl-button", { type: "button", title, "aria-label": label, "aria-disabled": off ? "true" : null,
      onclick: () => off || action() }, text);
  }

  function bar() {
    const frames = data().frames.length;
    const of = live ? `${frames} steps so far` : `step ${at + 1} of ${frames}`;
    if (live) {
      const none = !frames || model.get("busy");
      return [button("◀ back", "one choice back (←)", back, none), button("↺ reset", "begin again (Home)", first, none),
        make("span.wl-count", {}, model.get("busy") ? "the workers move …" : of)];
    }
    return [button("|◀", "to the beginning (Home)", first, at < 0, "first"), button("◀ back", "one step back (←)", back, at < 0),
      button("next ▶", "one step on (→)", next, at === frames - 1), button("▶|", "to the end (End)", last, at === frames - 1, "last"),
      make("span.wl-count", {}, of)];
  }

  function letGoButton(column) {
    if (!live) return null;
    const off = model.get("busy") || !(model.get("enabled") ?? []).includes(column.task);
    return button(`step worker ${name(column)}`, `let it go on (${name(column).toLowerCase()})`, () => letGo(column.task), off);
  }

  function tried() {
    const branches = model.get("branches") ?? [];
    return branches.length ? [make("span.wl-soft", {}, "tried so far: "), ...branches.map((branch) =>
      button(`${branch.name} ${branch.status}`, branch.schedule.join(" "), () => send({ do: "go", schedule: branch.schedule })))] : [];
  }

  function tell() {
    const { status = "open", message: text = "" } = (live && model.get("outcome")) || {};
    message.hidden = !text;
    message.dataset.status = status;
    if (message.textContent !== text) message.textContent = text; // what stays the same is said once
  }

  /** Keep the focus where it was, though everything is made anew. */
  function refill(part, ...children) {
    const stops = () => [...part.querySelectorAll("button, [tabindex]")];
    const focused = stops().indexOf(part.getRootNode().activeElement); // of the page, or of a shadow tree
    part.replaceChildren(...children.filter((child) => child !== "" && child !== null));
    if (focused >= 0) (stops()[focused] ?? root).focus({ preventScroll: true });
  }

  function draw() {
    const now = data(), frame = now.frames[at] ?? null, goal = live ? model.get("goal") ?? "" : "";
    root.dataset.columns = now.columns.length > 2 ? "many" : "few";
    root.setAttribute("aria-label", `${live ? "live" : "replay"}: ${now.heading}`);
    refill(parts.top, make("p.wl-heading", {}, live && goal ? goal : now.heading), make("p.wl-soft", {}, now.caption));
    const cards = now.columns.map((column, place) => card(now, frame, place, letGoButton(column)));
    cards.splice(Math.ceil(cards.length / 2), 0, store(now, frame));
    refill(parts.cards, ...cards);
    refill(parts.bar, ...bar());
    refill(parts.lanes, ...lanes(now, at));
    const over = at === now.frames.length - 1;
    const broken = Boolean(frame) && (frame.breaks || (over && now.breaks_after !== null));
    say.textContent = frame ? frame.say : "Nobody has moved yet. Press → to begin.";
    say.toggleAttribute("data-breaks", broken);
    refill(parts.panes, listing(now, frame), steps(now, at, live ? null : go));
    tell();
    refill(parts.tried, ...tried());
    refill(parts.end, outcome(now));
    for (const row of parts.panes.querySelectorAll("[data-now], [aria-current]")) {
      const box = row.parentElement; // each pane shows what happens now, the page itself stays
      box.scrollTop = row.offsetTop - box.clientHeight / 2;
    }
  }

  function changed() {
    if (live) at = data().frames.length - 1;
    draw();
  }

  const watched = ["data", "enabled", "busy", "goal", "outcome", "branches"].map((key) => `change:${key}`);
  watched.forEach((event) => model.on(event, changed));
  draw();
  return () => watched.forEach((event) => model.off(event, changed));
}

export default { render };
