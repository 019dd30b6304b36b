"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  if (!form) return;
  const [search, severity, unfold, shown, nothing] =
    ["search", "severity", "unfold", "shown", "nothing"].map(byId);
  // Filters that are there when there is something to choose, by what they are compared with.
  const choices = [["node", "nodes"], ["namespace", "namespaces"], ["kind", "kinds"]]
    .map(([id, field]) => ({ element: byId(id), field }))
    .filter(({ element }) => element);
  const outcomes = [...form.querySelectorAll("[name=outcome]")];
  const items = [...document.querySelectorAll(".item")].map((element) => {
    const findings = [...element.querySelectorAll(".finding")];
    return {
      element,
      text: element.querySelector("summary").textContent.toLowerCase(),
      findings: (findings.length ? findings : [element]).map((finding) => ({
        element: finding,
        text: finding.textContent.toLowerCase(),
        data: finding.dataset,
      })),
    };
  });

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(outcomes.filter((box) => box.checked).map((box) => box.value));
    const chosen = choices
      .filter(({ element }) => element.value !== "")
      .map(({ element, field }) => [field, ` ${element.value} `]);
    let count = 0;
    for (const item of items) {
      let any = false;
      for (const { element, text, data } of item.findings) {
        const matches = wanted.has(data.outcome)
          && (!severity.value || data.severity === severity.value)
          && chosen.every(([field, place]) => (data[field] ?? "").includes(place))
          && words.every((word) => item.text.includes(word) || text.includes(word));
        if (element !== item.element) element.hidden = !matches;
        any ||= matches;
      }
      item.element.hidden = !any;
      count += any;
    }
    for (const part of document.querySelectorAll(".part")) {
      part.hidden = !part.querySelector(".item:not([hidden])");
    }
    shown.textContent = `${count} of ${items.length} shown`;
    nothing.hidden = count > 0;
  };

  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Unfold all";
    for (const { element } of items) element.open = open;
    unfold.textContent = open ? "Fold all" : "Unfold all";
  });
  // Printing shows what the filters leave, unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const element of folded) element.open = true;
  });
  addEventListener("afterprint", () => {
    for (const element of folded) element.open = false;
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
