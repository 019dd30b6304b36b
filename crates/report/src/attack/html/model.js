"use strict";
// The report, with the rows that searching needs. Places of facts, steps and changes are numbers.
const data = JSON.parse(document.getElementById("data").textContent);
const { facts, steps, changes, routes } = data;
const techniques = new Map(Object.entries(data.techniques));
const CONFIDENCES = ["assumed", "likely", "certain"];
const KINDS = [
  "outside", "identity", "container", "workload", "node", "secret", "ability", "cloud", "cluster",
];
const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// Rows of numbers in one array: row r is items[from[r]] to items[from[r + 1] - 1].
function rows(count, each) {
  const from = new Int32Array(count + 1);
  each((row) => { from[row + 1] += 1; });
  for (let row = 0; row < count; row += 1) from[row + 1] += from[row];
  const items = new Int32Array(from[count]);
  const next = from.slice(0, count);
  each((row, item) => { items[next[row]] = item; next[row] += 1; });
  return { from, items, of: (row) => items.subarray(from[row], from[row + 1]) };
}

const needing = rows(facts.length, (put) => {
  steps.forEach((step, place) => step?.premises.forEach((premise) => put(premise, place)));
});
const giving = rows(facts.length, (put) => {
  steps.forEach((step, place) => { if (step) put(step.conclusion, place); });
});

// What is held after how many rounds, when whoever holds all premises of an allowed step gains its
// conclusion; -1 for what is never held. Also the step that gave each fact first.
function reach(starts, allowed) {
  const round = new Int32Array(facts.length).fill(-1);
  const giver = new Int32Array(facts.length).fill(-1);
  const missing = new Int32Array(steps.length);
  const queue = new Int32Array(facts.length);
  let end = 0;
  const gain = (fact, when, step) => {
    if (round[fact] >= 0) return;
    round[fact] = when;
    giver[fact] = step;
    queue[end] = fact;
    end += 1;
  };
  for (const fact of starts) gain(fact, 0, -1);
  steps.forEach((step, place) => {
    missing[place] = step ? step.premises.length : -1;
    if (missing[place] === 0 && allowed(place)) gain(step.conclusion, 1, place);
  });
  for (let at = 0; at < end; at += 1) {
    const fact = queue[at];
    for (let row = needing.from[fact]; row < needing.from[fact + 1]; row += 1) {
      const place = needing.items[row];
      missing[place] -= 1;
      if (missing[place] === 0 && allowed(place)) gain(steps[place].conclusion, round[fact] + 1, place);
    }
  }
  return { round, giver };
}

// The steps that gave a fact, in an order in which each one's premises are held before it.
function proof(reached, goal) {
  const found = new Set();
  const open = [goal];
  while (open.length) {
    const place = reached.giver[open.pop()];
    if (place < 0 || found.has(place)) continue;
    found.add(place);
    open.push(...steps[place].premises);
  }
  const when = (place) => reached.round[steps[place].conclusion];
  return [...found].sort((a, b) => when(a) - when(b) || a - b);
}

const techniqueTitle = (step) => techniques.get(step.technique)?.title ?? step.technique;
const leastSure = (path) =>
  path.reduce((least, place) => Math.min(least, steps[place].confidence), CONFIDENCES.length - 1);

// The words that search looks at, in lower case.
const factTexts = facts.map((fact) =>
  `${fact.kind} ${fact.name} ${fact.namespace ?? ""} ${fact.title}`.toLowerCase());
