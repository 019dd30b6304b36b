// What is chosen on the page; all of it stands in the address after `#`, so that it can be shared.
const state = {};

const numbers = (text) => new Set((text ?? "").split(",").filter(Boolean).map(Number));
const place = (text, list) => {
  const number = Number.parseInt(text ?? "", 10);
  return number >= 0 && number < list.length ? number : -1;
};

function readAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  // Where there are many questions, whoever opens the page sees the first, and not all in one drawing.
  const answered = routes.filter((route) => route.paths.length);
  const first = location.hash.length > 1 || answered.length <= 4 ? null : answered[0];
  state.search = words.get("search") ?? "";
  state.entry = words.get("entry") ?? first?.entry ?? "";
  state.target = words.get("target") ?? first?.target ?? "";
  state.technique = words.get("technique") ?? "";
  state.confidence = Math.max(CONFIDENCES.indexOf(words.get("confidence")), 0);
  state.whole = words.get("whole") === "1";
  state.without = numbers(words.get("without"));
  state.open = numbers(words.get("open"));
  state.fact = place(words.get("fact"), facts);
  state.step = steps[place(words.get("step"), steps)] ? Number(words.get("step")) : -1;
  // People count from one.
  state.route = place(String(Number(words.get("route")) - 1), routes);
  state.path = -1;
  if (words.has("path")) {
    if (state.route < 0) state.route = routes.length ? 0 : -1;
    const ways = state.route < 0 ? [] : routes[state.route].paths;
    state.path = words.get("path") === "left" ? ways.length : place(String(Number(words.get("path")) - 1), ways);
  }
}

function writeAddress() {
  const words = new URLSearchParams();
  const put = (name, value) => { if (value !== "") words.set(name, value); };
  put("search", state.search);
  put("entry", state.entry);
  put("target", state.target);
  put("technique", state.technique);
  put("confidence", state.confidence > 0 ? CONFIDENCES[state.confidence] : "");
  put("route", state.route >= 0 ? String(state.route + 1) : "");
  if (state.path >= 0) {
    put("path", state.path === routes[state.route].paths.length ? "left" : String(state.path + 1));
  }
  put("fact", state.fact >= 0 ? String(state.fact) : "");
  put("step", state.step >= 0 ? String(state.step) : "");
  put("without", [...state.without].join(","));
  put("open", [...state.open].join(","));
  put("whole", state.whole ? "1" : "");
  const address = words.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  try {
    history.replaceState(null, "", `#${address}`);
  } catch {
    // Some browsers refuse this for files; the page works without it.
  }
}
