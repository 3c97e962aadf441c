// A level to be played. All that it shows was recorded: `tree` has every schedule as it really ran.
// The rules are those of playing.py; what a level has is said in level.py.
((root) => {
  const level = JSON.parse(root.querySelector(".lv-data").textContent);
  // A node is short on the page: what was done, then what follows or the ending, then who waits.
  const whole = ([did, then, waits = ""]) => (typeof then === "number" ? { did: [did].flat(), end: then, waits }
    : { did: [did].flat(), waits, next: Object.fromEntries(Object.entries(then).map(([name, node]) => [name, whole(node)])) });
  for (const variant of level.variants) variant.tree = whole(variant.tree);
  const names = Object.keys(level.requests), defend = level.kind === "defend it";
  const codes = [...root.querySelectorAll(".lv-code")], tried = level.variants.map(() => "");
  let at = 0, moves = [], told = "";

  const el = (tag, css = "", text = "", ...inside) => {
    const made = document.createElement(tag);
    if (css) made.className = css;
    made.append(...(text === "" ? [] : [text]), ...inside);
    return made;
  };
  const lane = (name) => `lv-${"abct"[Math.max(0, names.indexOf(name[0]))]}`;
  const badge = (name) => el("span", `lv-badge ${lane(name)}`, name);
  const source = (line) => codes[at].querySelectorAll("li code")[line - 1].textContent.trim();
  const times = (n) => (n === 1 ? "1 switch" : `${n} switches`);
  const request = (move) => names.includes(move);

  // ---- the rules
  const next = (node) => node.next || {};
  const isSwitch = (node, current, move) => current !== move && current in next(node);
  function played(variant, made) {
    let node = variant.tree, current = "", switches = 0;
    const rows = [], responses = {}, last = {};
    let waits = "";
    for (const move of made) {
      const cut = isSwitch(node, current, move);
      switches += cut;
      node = next(node)[move];
      current = move;
      const did = node.did.map((index) => variant.steps[index]);
      rows.push({ cut, did, begin: [...(node.waits || "")].filter((name) => !waits.includes(name)) });
      waits = node.waits || "";
      for (const one of did) {
        if (one.kind === "response") responses[one.task] = one.says;
        if (one.line) last[one.task] = one.line;
      }
    }
    const ending = "end" in node ? variant.endings[node.end] : null;
    return { node, rows, responses, last, switches, ending, waits };
  }
  function best(variant) {
    let found = null;
    const walk = (node, made, switches) => {
      if ("end" in node && variant.endings[node.end].reached) {
        const better = !found || switches < found.switches
          || (switches === found.switches && made.length < found.made.length);
        if (better) found = { made, switches };
      }
      const current = made.length ? made[made.length - 1] : "";
      for (const [move, after] of Object.entries(next(node)))
        walk(after, [...made, move], switches + isSwitch(node, current, move));
    };
    walk(variant.tree, [], 0);
    return found;
  }

  const dead = (one) => `The worker of ${one.task} is killed`;
  const kills = level.variants.some((variant) => variant.steps.some((one) => one.kind === "killed"));

  // ---- words
  const half = (one) => ["read", "write"].includes(one.kind);  // of a line that does both
  function words(one) {
    if (one.kind === "response") return `${one.task} has its response: ${one.says}.`;
    if (one.kind === "killed") return `${dead(one)}. B can be asked now, on another worker.`;
    if (!one.line) return `${one.task}: ${one.says}.`;
    const value = one.wrote ? ` It wrote ${one.wrote}.` : one.read ? ` It read ${one.read}.`
      : half(one) ? ` This was the ${one.kind}.` : "";
    if (one.says) return `${one.task} went ${one.says} the await in line ${one.line}, ${source(one.line)}.`;
    return `${one.task} ran line ${one.line}, ${source(one.line)}.${value}`;
  }
  function outcome(play) {
    if (defend) return play.ending.reached ? ["lost", "Broken.", level.won] : ["", "It holds here.", level.missed];
    if (!play.ending.reached) return ["", "Not this time.", level.missed];
    if (kills) return ["won", "Goal reached.", level.won];
    const few = play.switches <= level.par;
    const how = few ? "No schedule does it with fewer." : `It can be done with ${times(level.par)}.`;
    return ["won", `Goal reached with ${times(play.switches)}. ${how}`, level.won];
  }
  function say(play) {
    if (told) return told;
    const row = play.rows[play.rows.length - 1];
    if (!row) return `Nothing has run yet. Let ${Object.keys(next(play.node)).filter(request).join(" or ")} move.`;
    const parts = row.did.map(words);
    for (const name of play.waits) parts.push(`${name} waits for another request.`);
    return parts.join(" ");
  }

  // ---- the table, made once; `show` fills it
  const play = root.querySelector(".lv-play");
  const status = el("p", "lv-say");
  status.setAttribute("role", "status");
  const apps = el("div", "lv-apps"), hands = el("div", "lv-hands"), log = el("ol", "lv-log");
  log.setAttribute("aria-label", "What happened, in its order");
  const end = el("div", "lv-end"), count = el("span", "lv-count"), cards = {}, keys = {};
  const key = (text, letter, act, css = "") => {
    const made = el("button", `lv-key ${css}`, text, el("kbd", "", letter));
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  names.forEach((name) => {
    const state = el("span", "lv-state"), button = key(`Move ${name}`, name, () => go(name), lane(name));
    const card = el("div", `lv-hand ${lane(name)}`, "",
      el("span", "lv-who", "", badge(name), level.requests[name]), state, button);
    cards[name] = { card, state };
    keys[name] = button;
    hands.append(card);
  });
  const others = [...new Set(JSON.stringify(level.variants.map((one) => one.tree)).match(/"([ABC]\.ttl\d+|X)"(?=:)/g) || [])]
    .map((text) => text.slice(1, -1)).sort();
  const bar = el("div", "lv-bar");
  others.forEach((move, index) => {
    const letter = move === "X" ? "X" : "TYZ"[index];
    const text = move === "X" ? "Kill A’s worker" : `Let the time of ${move[0]}’s lock run out`;
    keys[move] = key(text, letter, () => go(move), "lv-t");
    keys[move].dataset.letter = letter;
    bar.append(keys[move]);
  });
  const undo = key("Undo", "⌫", back), again = key("Restart", "R", restart);
  bar.append(undo, again, count);
  const side = el("div", "lv-side", "", hands, bar, status, end, log), table = el("div", "lv-table");
  log.style.setProperty("--lanes", names.length);
  table.append(el("div", "lv-codes", "", ...codes), side);
  if (defend) {
    level.variants.forEach((variant, index) => {
      const look = el("button", "lv-look", variant.title, el("small", "lv-verdict"));
      look.type = "button";
      look.addEventListener("click", () => choose(index));
      const claim = el("button", "lv-key", "No order breaks it");
      claim.type = "button";
      claim.setAttribute("aria-label", `No order breaks it: ${variant.title}`);
      claim.addEventListener("click", () => decide(index));
      apps.append(el("div", "lv-app", "", look, claim));
    });
    play.append(apps);
  }
  play.append(table);
  play.hidden = false;
  root.querySelector(".lv-without").remove();
  const solution = root.querySelector(".lv-solution");
  if (!defend) {
    const watch = el("button", "lv-key", "Play it");
    watch.type = "button";
    watch.addEventListener("click", () => { moves = best(level.variants[0]).made; told = ""; show(); status.scrollIntoView({ block: "center" }); });
    solution.append(watch);
  }

  // ---- moves
  function go(move) {
    told = "";
    const now = played(level.variants[at], moves);
    if (move in next(now.node)) moves = [...moves, move];
    else if (now.ending) told = "This run is over. Undo a move, or restart.";
    else if (now.waits.includes(move)) told = `${move} cannot move: it waits for another request.`;
    else told = now.responses[move] ? `${move} has its response already.` : `${move} cannot move now.`;
    show();
  }
  function back() { told = ""; moves = moves.slice(0, -1); show(); }
  function restart() { told = ""; moves = []; show(); }
  function choose(index) { at = index; moves = []; told = ""; show(); }
  function decide(index) {
    const variant = level.variants[index], loses = best(variant);
    at = index;
    moves = loses ? loses.made : [];
    tried[index] = loses ? "broken" : "holds";
    told = loses
      ? `No: here is an order that breaks it, with ${times(loses.switches)}. ${level.won} Undo its moves one by one to see how.`
      : `Right: all ${variant.schedules} orders of it were run, and none breaks it.`;
    if (!loses) keep(0);
    show();
  }
  function keep(switches) {
    try {
      const name = `workerlab level ${level.name}`, before = localStorage.getItem(name);
      if (before === null || Number(before) > switches) localStorage.setItem(name, String(switches));
    } catch { /* a page that may keep nothing */ }
  }

  // ---- what is shown
  function show() {
    const variant = level.variants[at], now = played(variant, moves), can = next(now.node);
    codes.forEach((code, index) => { code.hidden = index !== at; });
    [...apps.children].forEach((app, index) => {
      app.toggleAttribute("data-on", index === at);
      app.querySelector(".lv-look").setAttribute("aria-pressed", String(index === at));
      const verdict = app.querySelector(".lv-verdict");
      verdict.className = `lv-verdict lv-${tried[index]}`;
      verdict.textContent = { broken: " ✗ broken", holds: " ✓ holds" }[tried[index]] || (index === at ? "" : " show");
    });
    for (const [move, button] of Object.entries(keys)) {
      button.setAttribute("aria-disabled", String(!(move in can)));
      if (!request(move) && move !== "X") button.hidden = !(move in can);
    }
    for (const name of names) {
      const { card, state } = cards[name], waits = now.waits.includes(name);
      const line = name in can && can[name].did.map((index) => variant.steps[index]).find((one) => one.line);
      const begun = name in now.last, died = now.rows.some((row) => row.did.some((one) => one.kind === "killed" && one.task === name));
      card.dataset.is = waits ? "waits" : name in now.responses ? "done" : "";
      state.replaceChildren();
      if (name in now.responses) state.append(now.responses[name], ...(name in can ? [" and works on"] : []));
      else if (waits) state.append("waits for another request");
      else if (line) state.append(begun ? "next: " : "begins with: ", el("code", "", source(line.line)));
      else if (died) state.append("its worker is dead");
      else state.append(now.ending && now.ending.responses[name] ? now.ending.responses[name] : "not begun");
    }
    marks(variant, now, can);
    log.replaceChildren(...now.rows.flatMap((row) => rowsOf(row)));
    count.replaceChildren();
    if (!defend && !kills) count.append("switches: ", el("strong", "", String(now.switches)), ` (par ${level.par})`);
    undo.setAttribute("aria-disabled", String(!moves.length));
    again.setAttribute("aria-disabled", String(!moves.length));
    finish(variant, now);
    status.textContent = say(now);
    // The box below shows it, too; this is for those who listen.
    const aloud = told ? tried[at] === "holds" && level.lesson : now.ending && outcome(now).slice(1).join(" ");
    if (aloud) status.append(el("span", "lv-aloud", ` ${aloud}`));
    fit();
  }
  function marks(variant, now, can) {
    for (const line of codes[at].querySelectorAll("li")) {
      line.removeAttribute("data-ran");
      line.className = "";
      line.querySelector(".lv-marks")?.remove();
    }
    const put = (name, number) => {
      const line = codes[at].querySelectorAll("li")[number - 1];
      const place = line.querySelector(".lv-marks") || line.appendChild(el("span", "lv-marks"));
      place.append(badge(name));
    };
    for (const name of names) {
      const first = name in can && can[name].did.map((index) => variant.steps[index]).find((one) => one.line);
      if (first) put(name, first.line);
      else if (now.waits.includes(name) && now.last[name]) put(name, now.last[name]);
    }
    for (const one of now.rows.length ? now.rows[now.rows.length - 1].did : []) {
      if (!one.line) continue;
      const line = codes[at].querySelectorAll("li")[one.line - 1];
      line.dataset.ran = "";
      line.classList.add(lane(one.task));
    }
  }
  function rowsOf({ cut, did, begin }) {
    const rows = cut && !kills ? [el("li", "lv-row", "", el("span", "lv-cut", "– switch –"))] : [];
    for (const one of did) {
      const row = el("li", "lv-row");
      if (one.kind === "expired" || one.kind === "killed") row.append(el("span", "lv-wide", one.kind === "killed" ? dead(one) : one.says));
      else for (const name of names) {
        if (name !== one.task) { row.append(el("span")); continue; }
        const cell = el("span", `lv-on ${lane(name)}`);
        if (one.kind === "response") cell.append(el("span", "lv-said", `← ${one.says}`));
        else if (one.line && one.says) cell.append(el("em", "", `${one.says} `), source(one.line));
        else cell.append(one.line ? source(one.line) : one.says);
        if (one.read || one.wrote) cell.append(el("span", "lv-value", one.wrote ? `wrote ${one.wrote}` : `read ${one.read}`));
        else if (half(one)) cell.append(el("span", "lv-value", `the ${one.kind}`));
        row.append(cell);
      }
      rows.push(row);
    }
    for (const name of begin) {
      const cells = names.map((one) => (one === name ? el("span", `lv-on lv-waits ${lane(name)}`, "waits …") : el("span")));
      rows.push(el("li", "lv-row", "", ...cells));
    }
    return rows;
  }
  function finish(variant, now) {
    const right = told !== "" && tried[at] === "holds";  // it has just been said
    end.hidden = !now.ending && !right;
    if (end.hidden) return;
    const [how, head, what] = right ? ["won", "Right.", `None of its ${variant.schedules} orders breaks it.`] : outcome(now);
    end.toggleAttribute("data-won", how === "won");
    end.toggleAttribute("data-lost", how === "lost");
    const left = now.ending && now.ending.left.length ? [el("ul", "", "", ...now.ending.left.map((text) => el("li", "", text)))] : [];
    end.replaceChildren(el("b", "", head), el("span", "", what), ...left);
    if (how === "won") {
      if (!right) keep(now.switches);
      end.append(el("span", "", level.lesson));
    }
    if (how === "won" && root.dataset.next) {
      const link = el("a", "lv-next", "The next level →");
      link.href = root.dataset.next;
      end.append(link);
    }
  }

  // ---- keys, theme, and the height of the frame that a notebook shows it in
  document.addEventListener("keydown", (event) => {
    const target = event.target, free = target === document.body || target === document.documentElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!(free || root.contains(target)) || target.matches("input, textarea, select")) return;
    const letter = event.key.toUpperCase();
    const move = names.includes(letter) ? letter : others.find((one) => keys[one].dataset.letter === letter);
    if (move) go(move);
    else if (event.key === "Backspace") back();
    else if (letter === "R") restart();
    else return;
    event.preventDefault();
  });
  const outside = (() => { try { return window.parent.document; } catch { return document; } })();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function theme() {
    const { jpThemeLight } = outside.body.dataset, chosen = outside.documentElement.dataset.theme;
    const isDark = jpThemeLight ? jpThemeLight === "false" : chosen ? chosen === "dark" : dark.matches;
    root.dataset.theme = isDark ? "dark" : "light";
  }
  function fit() {
    try {
      const height = root.offsetHeight;  // 0 while a notebook hides it
      if (window.frameElement && height) window.frameElement.style.height = `${height + 6}px`;
    } catch { /* a frame of somebody else's */ }
  }
  theme();
  dark.addEventListener("change", theme);
  new MutationObserver(theme).observe(outside.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  new MutationObserver(theme).observe(outside.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  new ResizeObserver(fit).observe(root);
  show();
})(document.currentScript.parentElement);
