// Elements whose texts are only ever texts.
const byId = (id) => document.getElementById(id);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "checked") made.checked = value;
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// Puts new children into a place; the focus stays on what has the same key.
function replace(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children.flat().filter(Boolean));
  if (key !== undefined) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

const muted = (text) => element("span", { class: "muted" }, text);
const confidenceBadge = (confidence) =>
  element("span", { class: `badge ${CONFIDENCES[confidence]}` }, CONFIDENCES[confidence]);

function factButton(fact, now, key) {
  const { kind, name } = facts[fact];
  return element("button", {
    type: "button", class: "fact", "data-key": `${key}-${fact}`, "data-fact": fact, "data-state": now,
    "aria-current": state.fact === fact ? "true" : undefined,
    onclick: () => choose({ fact, step: -1, group: -1 }),
  }, element("span", { class: `dot kind-${kind}`, "aria-hidden": "true" }), element("span", { class: "name" }, name),
  now === "cut" ? element("span", { class: "badge cut" }, "no longer reached") : null);
}

function stepButton(step, key) {
  const { confidence } = steps[step];
  return element("button", {
    type: "button", class: "step", "data-key": `${key}-${step}`, "data-step": step,
    "data-state": isTaken(step) ? "cut" : "held",
    "aria-current": state.step === step ? "true" : undefined,
    onclick: () => choose({ step, fact: -1, group: -1 }),
  }, element("span", { class: "name" }, techniqueTitle(steps[step])),
  confidence < 2 ? confidenceBadge(confidence) : null,
  isTaken(step) ? element("span", { class: "badge cut" }, "taken away") : null);
}

function changeBox(change, key) {
  const { title, weight } = changes[change];
  return element("label", { class: "change" },
    element("input", {
      type: "checkbox", "data-key": `${key}-${change}`, "data-change": change, checked: state.without.has(change),
      onchange: (event) => {
        const without = new Set(state.without);
        if (event.target.checked) without.add(change);
        else without.delete(change);
        choose({ without });
      },
    }), element("span", {}, title, " ", muted(`weight ${weight}`)));
}
