// Brings the page to life: news by server-sent events, confirmations, filter, keys. Without it every
// page still shows and every form still works. It draws nothing itself: the server sends elements.
"use strict";

const root = document.documentElement;
root.classList.add("scripted");

// ---------------------------------------------------------------- the viewer's zone
// The server writes the times; it learns the zone from a cookie, and writes this page once more.
async function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const told = document.cookie.split("; ").find((pair) => pair.startsWith("zone="));
  if (told && decodeURIComponent(told.slice(5)) === zone) return;
  document.cookie = `zone=${encodeURIComponent(zone)}; Path=/; SameSite=Lax; Max-Age=31536000`;
  if (!document.querySelector("main time")) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  become(document.querySelector("main"), document.adoptNode(page.querySelector("main")));
  unhide();
}

// ---------------------------------------------------------------- elements into elements
// Changes an element into another of the same id and leaves alone what is the same: the focus, what
// is selected, what is open and how far it is scrolled stay.
function become(old, next) {
  if (old.isEqualNode(next)) return;
  if (old.nodeName !== next.nodeName || old.nodeType !== next.nodeType) {
    old.replaceWith(next);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = old.firstChild;
  for (const wanted of [...next.childNodes]) {
    const same = wanted.id ? known.get(wanted.id) : null;
    if (same) {
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      become(same, wanted);
    } else if (at && !at.id && !wanted.id && at.nodeName === wanted.nodeName) {
      const current = at;
      at = at.nextSibling;
      become(current, wanted);
    } else {
      old.insertBefore(wanted, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function elements(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function show(id, html) {
  const old = document.getElementById(id);
  const next = elements(html).firstElementChild;
  if (old && next) become(old, next);
}

// ---------------------------------------------------------------- moving times
let ahead = 0; // the server's clock minus ours, ms

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

function move() {
  const now = Date.now() + ahead;
  for (const time of document.querySelectorAll("time[data-moving]")) {
    const text = time.dataset.moving.replace("{}", span(Math.abs(now - Date.parse(time.dateTime)) / 1000));
    if (time.textContent !== text) time.textContent = text;
  }
}

// ---------------------------------------------------------------- news
const live = document.getElementById("live");
let source = null;
let silence = 0;

function say(state) {
  if (!live) return;
  live.className = state === "on" ? "live on" : state === "connecting" ? "live" : "live lost";
  const text = live.querySelector(".text");
  if (text.textContent !== live.dataset[state]) text.textContent = live.dataset[state];
}

function listen() {
  const path = document.body.dataset.events;
  if (!path || source || document.hidden) return;
  source = new EventSource(path);
  const heard = () => {
    // The server says something every 15 s at least; a longer silence is a dead connection.
    clearTimeout(silence);
    silence = setTimeout(() => { leave(); say("lost"); setTimeout(listen, 1000); }, 40000);
  };
  source.addEventListener("hello", (event) => {
    ahead = JSON.parse(event.data).now - Date.now();
    say("on");
    heard();
  });
  source.addEventListener("beat", heard);
  source.addEventListener("regions", (event) => {
    heard();
    for (const [id, html] of Object.entries(JSON.parse(event.data))) {
      if (id !== "meter-frames" || document.getElementById("frames-follow")?.checked) show(id, html);
    }
    move();
  });
  source.addEventListener("log", (event) => { heard(); add(JSON.parse(event.data).html); });
  source.addEventListener("gap", () => add(`<li class="gap">${document.getElementById("log").dataset.gap}</li>`));
  source.addEventListener("ended", () => {
    leave();
    say("ended");
    const again = document.createElement("a");
    again.href = "/login?reason=session";
    const text = live.querySelector(".text");
    again.textContent = text.textContent;
    text.replaceChildren(again);
  });
  source.addEventListener("error", () => {
    say("lost");
    // The browser tries again by itself, unless it was refused.
    if (source && source.readyState === EventSource.CLOSED) {
      leave();
      setTimeout(listen, 5000);
    }
  });
}

function leave() {
  clearTimeout(silence);
  if (source) source.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  // A browser allows few connections at once: a page that nobody sees gives its own up.
  if (document.hidden) leave();
  else { say("connecting"); listen(); }
});
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

// ---------------------------------------------------------------- the log
const LINES = 500; // more are dropped from the top of the list

function add(html) {
  const log = document.getElementById("log");
  const box = log.parentElement;
  const follow = document.getElementById("log-follow").checked;
  for (const line of [...elements(html).children]) {
    if (line.id && document.getElementById(line.id)) continue;
    line.classList.add("new");
    log.append(line);
  }
  while (log.children.length > LINES) log.firstElementChild.remove();
  if (follow) box.scrollTop = box.scrollHeight;
}

const box = document.querySelector(".log");
if (box) {
  box.scrollTop = box.scrollHeight;
  const follow = document.getElementById("log-follow");
  follow.addEventListener("change", () => { if (follow.checked) box.scrollTop = box.scrollHeight; });
  // Whoever scrolls up wants to read; whoever comes back to the end wants to follow.
  box.addEventListener("scroll", () => {
    follow.checked = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  });
}
function unhide() {
  for (const element of document.querySelectorAll("[data-needs-script], [data-keys]")) element.hidden = false;
}
unhide();

// ---------------------------------------------------------------- questions before actions
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-ask]");
  if (!button) return;
  event.preventDefault();
  const dialog = document.getElementById("ask");
  document.getElementById("ask-text").textContent = button.dataset.ask;
  dialog.querySelector("[value=yes]").textContent = button.textContent.trim();
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    const sure = document.createElement("input");
    Object.assign(sure, { type: "hidden", name: "sure", value: "yes" });
    button.form.append(sure);
    button.removeAttribute("data-ask");
    button.form.requestSubmit(button);
  }, { once: true });
});
document.addEventListener("submit", (event) => {
  // Not a second time by a second click; the values of the button are taken before that.
  if (event.target.method === "post") {
    setTimeout(() => { for (const button of event.target.querySelectorAll("button")) button.disabled = true; });
  }
});

// ---------------------------------------------------------------- the filter of a table
const filter = document.querySelector("form[data-filter]");
let wanted = 0;

async function refresh(url) {
  const mine = (wanted += 1);
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok || mine !== wanted) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById(filter.dataset.filter);
  if (!next) return;
  become(document.getElementById(filter.dataset.filter), document.adoptNode(next));
  history.replaceState(null, "", url);
  document.body.dataset.events = page.body.dataset.events;
  leave();
  listen();
}

if (filter) {
  let pause = 0;
  const ask = () => {
    const query = new URLSearchParams(new FormData(filter));
    if (!query.get("find")) query.delete("find");
    if (query.get("state") === "all") query.delete("state");
    refresh(filter.getAttribute("action") + (query.size ? `?${query}` : ""));
  };
  filter.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(ask, 180); });
  filter.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
}

// ---------------------------------------------------------------- keys
const PLACES = { f: "/", a: "/alarms", d: "/delivery", r: "/reports" };
const OFF = "keys-off";
let going = false;

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const links = rows.map((row) => row.querySelector("a, button")).filter(Boolean);
  const now = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  links[Math.min(links.length - 1, Math.max(0, now + by))]?.focus();
}

const off = document.getElementById("keys-off");
try {
  off.checked = localStorage.getItem(OFF) === "1";
  off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : "0"));
} catch { /* no storage: the choice holds for this page */ }

const keys = document.getElementById("keys");
for (const button of document.querySelectorAll("[data-keys]")) button.addEventListener("click", () => keys.showModal());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector(".menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  }
  if (off.checked || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea")) return;
  if (going && PLACES[event.key]) location.assign(PLACES[event.key]);
  going = event.key === "g";
  if (event.key === "?") keys.showModal();
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
  if (event.key === "/") {
    const find = document.querySelector("input[type=search]");
    if (find) { event.preventDefault(); find.focus(); find.select(); }
    else location.assign("/");
  }
});
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// ---------------------------------------------------------------- begin
tellZone();
if (document.body.dataset.events) {
  say("connecting");
  listen();
  setInterval(move, 1000);
}
