// The left side: routes with their paths, changes to try, facts that search finds.
const PATHS_LISTED = 50;
const FACTS_LISTED = 100;

function listRoutes(shownRoutes) {
  replace(byId("routes"), shownRoutes.length
    ? [...shownRoutes].sort((a, b) => (b.route.paths.length > 0) - (a.route.paths.length > 0)).map(routeItem)
    : element("p", { class: "muted" }, routes.length ? "No route matches the filters." : "No routes were looked at."));
}

function routeItem({ number, route, paths, reached, now, left }) {
  const wasReached = route.paths.length > 0;
  const outcome = !wasReached ? "unreached" : reached ? "reached" : "cut";
  return element("article", { class: "route", "data-route": number + 1, "data-outcome": outcome },
    element("h3", {}, route.entry, element("span", { "aria-hidden": "true" }, " → "),
      element("span", { class: "hidden" }, " to "), route.target),
    element("p", { class: `outcome ${outcome}` }, outcomeWords(outcome, route, now)),
    element("ol", {},
      paths.slice(0, PATHS_LISTED).map((path) => pathItem(number, path, String(path.place + 1))),
      left ? pathItem(number, left, "left") : null),
    paths.length > PATHS_LISTED
      ? muted(`and ${paths.length - PATHS_LISTED} more; the filters make the list shorter`) : null);
}

function outcomeWords(outcome, route, now) {
  if (outcome === "unreached") return data.gaps.length ? "not reached, as far as could be seen" : "not reached";
  if (outcome === "cut") {
    return state.without.size ? `no longer reached with ${plural(state.without.size, "change")}`
      : "not reached with steps that sure";
  }
  const still = state.without.size ? "still reached" : "reached";
  return `${still} in ${plural(proof(now, nearest(route.goals, now.round)).length, "step")}`;
}

function pathItem(number, path, place) {
  const names = path.steps.map((step) => facts[steps[step].conclusion].name);
  return element("li", {}, element("button", {
    type: "button", class: "path", "data-key": `path-${number}-${place}`, "data-path": place,
    "data-state": path.cut ? "cut" : "held",
    "aria-current": state.route === number && state.path === path.place ? "true" : undefined,
    onclick: () => {
      const isChosen = state.route === number && state.path === path.place;
      choose({ route: number, path: isChosen ? -1 : path.place, fact: -1, step: -1, group: -1 });
    },
  }, element("span", { class: "head" }, place === "left" ? "Left after the changes: " : "",
    plural(path.steps.length, "step"), " ", path.confidence < 2 ? confidenceBadge(path.confidence) : null,
    path.cut ? element("span", { class: "badge cut" }, "cut") : null),
  element("span", { class: "through" }, throughWords(names.length > 1 ? names.slice(0, -1) : names))));
}

// What lies next to the target tells paths apart best.
function throughWords(names) {
  return names.length > 3 ? [names[0], "…", ...names.slice(-2)].join(" → ") : names.join(" → ");
}

function listChanges(shownRoutes) {
  const listed = new Set(shownRoutes.flatMap(({ route }) => route.points?.changes ?? []));
  const notes = new Set(shownRoutes.map(({ route }) => route.points?.note).filter(Boolean));
  const all = [...new Set([...listed, ...state.without])];
  byId("try").hidden = all.length === 0 && notes.size === 0;
  replace(byId("changes"),
    all.map((change) => changeBox(change, "change")),
    [...notes].map((note) => element("p", { class: "muted" }, note)));
  const isAll = all.length > 0 && all.every((change) => state.without.has(change));
  const button = byId("all-changes");
  button.hidden = all.length === 0;
  button.textContent = isAll ? "Take all back" : "Try all";
  button.onclick = () => choose({ without: isAll ? new Set() : new Set(all) });
}

function listFacts(found, factState) {
  const shown = found.slice(0, FACTS_LISTED);
  replace(byId("facts"), shown.map((fact) =>
    element("li", {}, factButton(fact, factState(fact), "listed"))));
  byId("more-facts").textContent = found.length > shown.length
    ? `and ${(found.length - shown.length).toLocaleString("en")} more; search makes the list shorter` : "";
}

function fillFilters() {
  const fill = (id, names) => {
    byId(id).append(...[...new Set(names)].map((name) =>
      (Array.isArray(name) ? element("option", { value: name[0] }, name[1]) : element("option", { value: name }, name))));
  };
  fill("entry", routes.map((route) => route.entry));
  fill("target", routes.map((route) => route.target));
  const used = new Set(steps.map((step) => step?.technique));
  fill("technique", [...techniques].filter(([id]) => used.has(id))
    .map(([id, { title }]) => [id, title]).sort((a, b) => a[1].localeCompare(b[1], "en")));
  fill("confidence", CONFIDENCES.slice(1).map((word, at) => [word, at === 0 ? "likely or certain" : "certain only"]));
}
