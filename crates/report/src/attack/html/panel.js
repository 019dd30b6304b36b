// The right side: what is known of the fact, step, group or path that was chosen.
const ROWS_LISTED = 60;

function showPanel({ shownRoutes, path, factState, scene }) {
  const panel = byId("panel");
  const group = state.group >= 0 ? scene.nodes[scene.nodeOf[state.group]] : null;
  if (state.step >= 0) replace(panel, stepDetails(state.step, factState));
  else if (group && group.members.length > 1) replace(panel, groupDetails(group, factState));
  else if (state.fact >= 0) replace(panel, factDetails(state.fact, factState, shownRoutes));
  else if (path) replace(panel, pathDetails(path, factState));
  else replace(panel, introduction());
}

function section(title, ...children) {
  const content = children.flat().filter(Boolean);
  return content.length ? element("section", {}, element("h3", {}, title), content) : null;
}

// A list that says how many rows it leaves out.
function rowsOf(items, make) {
  const listed = [...items.slice(0, ROWS_LISTED)].map((item) => element("li", {}, make(item)));
  if (!listed.length) return null;
  const more = items.length - listed.length;
  return element("ul", { class: "rows" }, listed, more > 0 ? element("li", { class: "muted" }, `and ${more} more`) : null);
}

function factDetails(fact, factState, shownRoutes) {
  const { kind, name, namespace, title } = facts[fact];
  const reachedBy = shownRoutes.filter(({ now }) => now.round[fact] >= 0);
  return [
    element("p", { class: "above" }, kind, namespace ? ` in namespace ${namespace}` : ""),
    element("h2", {}, name),
    element("p", {}, title),
    factState(fact) === "cut" ? element("p", { class: "outcome cut" }, "No longer reached with the changes that are ticked.") : null,
    section("Reached from", rowsOf(reachedBy, ({ route, now }) => (now.round[fact] === 0
      ? `${route.entry}, where the route starts`
      : `${route.entry} in ${plural(proof(now, fact).length, "step")}`))),
    section("Given by", rowsOf(giving.of(fact), (step) => stepButton(step, "by"))),
    section("Leads on", rowsOf(needing.of(fact), (step) => [stepButton(step, "on"), " ",
      muted(`to ${facts[steps[step].conclusion].name}`)])),
  ];
}

function stepDetails(place, factState) {
  const step = steps[place];
  const technique = techniques.get(step.technique);
  return [
    element("p", { class: "above" }, "step ", confidenceBadge(step.confidence)),
    element("h2", {}, techniqueTitle(step)),
    isTaken(place) ? element("p", { class: "outcome cut" }, "Taken away by a change that is ticked.") : null,
    technique ? element("p", {}, technique.reason) : null,
    section(step.premises.length > 1 ? "Needs all of" : "Needs",
      rowsOf(step.premises, (fact) => factButton(fact, factState(fact), "needs"))),
    section("Gives", rowsOf([step.conclusion], (fact) => factButton(fact, factState(fact), "gives"))),
    section("Evidence", rowsOf(step.evidence, ([statement, where]) => [statement, where ? " " : null,
      where ? element("code", { class: "place" }, where) : null])),
    section("Known as", technique?.references.length
      ? element("p", {}, technique.references.map((each) => [element("code", {}, each), " "]).flat()) : null),
    section("To see it, without changing anything", step.commands.length
      ? element("pre", { tabindex: "0" }, element("code", {}, step.commands.join("\n"))) : null),
    section("Each of these takes it away", step.changes.map(changeDetails)),
  ];
}

function changeDetails(change) {
  const { remedies, title } = changes[change];
  return element("div", { class: "remedy" }, changeBox(change, "takes"), remedies.map(({ summary, commands }) => [
    summary === title ? null : element("p", {}, summary),
    commands.length ? element("pre", { tabindex: "0" }, element("code", {}, commands.join("\n"))) : null,
  ]).flat());
}

function groupName({ members }) {
  const { kind, namespace } = facts[members[0]];
  const isOne = members.every((fact) => facts[fact].namespace === namespace);
  const [many] = kind === "identity" ? ["identities"] : kind === "ability" ? ["abilities"] : [`${kind}s`];
  const of = isOne && namespace ? ` of namespace ${namespace}` : "";
  return `${members.length.toLocaleString("en")} ${many}${of}`;
}

function groupDetails(group, factState) {
  const [first] = group.members;
  return [
    element("p", { class: "above" }, "many alike, drawn as one"),
    element("h2", {}, groupName(group)),
    element("p", {}, element("button", {
      type: "button", "data-key": "open",
      onclick: () => choose({ open: new Set([...state.open, first]), group: -1 }),
    }, "Draw each")),
    section("They are", rowsOf(group.members, (fact) => factButton(fact, factState(fact), "member"))),
  ];
}

function pathDetails(path, factState) {
  const held = new Set(path.steps.map((step) => steps[step].conclusion));
  const first = new Set(path.steps.flatMap((step) => steps[step].premises).filter((fact) => !held.has(fact)));
  return [
    element("p", { class: "above" }, "one way ", confidenceBadge(path.confidence)),
    element("h2", {}, plural(path.steps.length, "step")),
    element("ol", { class: "way" },
      [...first].map((fact) => element("li", { class: "start" }, factButton(fact, factState(fact), "way"))),
      path.steps.map((place, at) => {
        const step = steps[place];
        return element("li", { "data-way": place }, element("span", { class: "number" }, at + 1), stepButton(place, "way"),
          step.premises.length > 1
            ? element("p", { class: "muted" }, `needs ${step.premises.map((fact) => facts[fact].name).join(" and ")}`) : null,
          step.evidence.slice(0, 1).map(([statement, where]) =>
            element("p", { class: "muted" }, where ? `${statement} (${where})` : statement)),
          factButton(step.conclusion, factState(step.conclusion), "gained"));
      })),
  ];
}

function introduction() {
  return [
    element("h2", {}, "What is drawn"),
    element("p", {}, "What an attacker may hold, from where they start at the left or the top to what they are "
      + "after. An arrow is a step that needs one thing; a diamond is a step that needs all that leads into it."),
    element("ul", { class: "legend" }, KINDS.filter((kind) => facts.some((fact) => fact.kind === kind)).map((kind) =>
      element("li", {}, element("span", { class: `dot kind-${kind}`, "aria-hidden": "true" }), kind))),
    element("p", {}, "Choose a path at the left, or a card or an arrow in the drawing, to see what it rests on. "
      + "Tick changes to see what is still reached with them."),
    element("h3", {}, "Keys in the drawing"),
    element("dl", { class: "keys" },
      [["arrows", "go to the next card in that direction"], ["shift and arrows", "move the drawing"],
        ["+ −", "nearer, farther"], ["0", "all of it"], ["Enter", "read about the card"], ["/", "search; Enter goes to the first that is found"], ["Esc", "choose nothing"]]
        .map(([key, what]) => [element("dt", {}, key), element("dd", {}, what)]).flat()),
    section("Not seen, and there may be more ways through it", rowsOf(data.gaps, (gap) => gap)),
  ];
}
