// From facts and steps to what stands on the canvas: nodes, junctions of steps with several
// premises, and edges. Many alike facts are one node.
const COLLAPSE_BEYOND = 5000;
const OPENED_AT_ONCE = 1000;
const STEP_KIND = KINDS.length;

function makeScene({ inFacts, inSteps }, starts, goals, pinned) {
  const shown = [];
  inFacts.forEach((yes, fact) => { if (yes) shown.push(fact); });
  const layers = layersOf(shown, inSteps, starts, goals);
  const nodes = [];
  const nodeOf = new Int32Array(facts.length).fill(-1);
  const isPinned = new Uint8Array(facts.length);
  for (const fact of [...starts, ...goals, ...pinned]) isPinned[fact] = 1;
  const add = (members, kind, layer) => {
    nodes.push({ members, kind, layer });
    for (const fact of members) nodeOf[fact] = nodes.length - 1;
  };
  const alone = (fact) => add([fact], KINDS.indexOf(facts[fact].kind), layers[fact]);
  if (shown.length <= COLLAPSE_BEYOND) {
    shown.forEach(alone);
  } else {
    const together = (members) => add(members, KINDS.indexOf(facts[members[0]].kind), layers[members[0]]);
    for (const [members, isOpen] of alike(shown, layers, isPinned)) {
      if (!isOpen) together(members);
      else if (members.length <= OPENED_AT_ONCE) members.forEach(alone);
      else partsOf(members).forEach((part) => (state.open.has(part[0]) ? part.forEach(alone) : together(part)));
    }
  }
  const factNodes = nodes.length;
  const edges = edgesOf(inSteps, nodeOf, nodes, layers);
  return { nodes, factNodes, nodeOf, edges, shown, layers, starts, goals };
}

// Facts of the same kind and namespace that are reached in the same round; without their namespace
// where that is not enough. Each with whether it was opened, which single facts always are.
function alike(shown, layers, isPinned) {
  const byNamespace = (fact) => `${facts[fact].kind} ${layers[fact]} ${facts[fact].namespace ?? ""}`;
  const byKind = (fact) => `${facts[fact].kind} ${layers[fact]}`;
  let groups;
  for (const key of [byNamespace, byKind]) {
    groups = new Map();
    for (const fact of shown) {
      const name = isPinned[fact] ? fact : key(fact);
      const group = groups.get(name);
      if (group) group.push(fact);
      else groups.set(name, [fact]);
    }
    if (groups.size <= COLLAPSE_BEYOND) break;
  }
  return [...groups.values()]
    .map((members) => [members, members.length === 1 || state.open.has(members[0])]);
}

// A group of very many opens into one for each namespace.
function partsOf(members) {
  const parts = new Map();
  for (const fact of members) {
    const name = facts[fact].namespace ?? "";
    if (!parts.has(name)) parts.set(name, []);
    parts.get(name).push(fact);
  }
  return [...parts.values()];
}

// How far each fact is along the way, so that steps lead on from left to right: behind all that
// lead to it, or, where steps go round in circles, by the round in which it is reached. Targets that lead
// nowhere stand last.
function layersOf(shown, inSteps, starts, goals) {
  const layers = layersWithoutCircles(shown, inSteps) ?? layersByRound(shown, inSteps, starts);
  const isStart = new Set(starts);
  const leadsOn = (fact) => needing.of(fact).some((step) => inSteps[step]);
  const isLast = new Set(goals.filter((goal) => !isStart.has(goal) && !leadsOn(goal)));
  let last = 0;
  for (const fact of shown) if (!isLast.has(fact)) last = Math.max(last, layers[fact]);
  for (const fact of isLast) layers[fact] = last + 1;
  return layers;
}

function layersWithoutCircles(shown, inSteps) {
  const layers = new Int32Array(facts.length);
  const missing = new Int32Array(facts.length);
  inSteps.forEach((yes, step) => { if (yes) missing[steps[step].conclusion] += steps[step].premises.length; });
  const open = shown.filter((fact) => missing[fact] === 0);
  for (let at = 0; at < open.length; at += 1) {
    for (const step of needing.of(open[at])) {
      if (!inSteps[step]) continue;
      const { conclusion } = steps[step];
      layers[conclusion] = Math.max(layers[conclusion], layers[open[at]] + 1);
      missing[conclusion] -= 1;
      if (missing[conclusion] === 0) open.push(conclusion);
    }
  }
  return open.length === shown.length ? layers : null;
}

// Facts that no entry leads to follow those they need.
function layersByRound(shown, inSteps, starts) {
  const layers = reach(starts, (step) => inSteps[step] === 1).round;
  const spread = (open) => {
    for (let at = 0; at < open.length; at += 1) {
      for (const step of needing.of(open[at])) {
        const { conclusion } = steps[step];
        if (inSteps[step] && layers[conclusion] < 0) {
          layers[conclusion] = layers[open[at]] + 1;
          open.push(conclusion);
        }
      }
    }
  };
  spread(shown.filter((fact) => layers[fact] >= 0));
  const hasGiver = (fact) => giving.of(fact).some((step) => inSteps[step]);
  for (const seeds of [shown.filter((fact) => !hasGiver(fact)), shown]) {
    for (const fact of seeds) {
      if (layers[fact] >= 0) continue;
      layers[fact] = 0;
      spread([fact]);
    }
  }
  return layers;
}

// Steps between the same nodes are one edge. A step with several premises is a junction: an edge
// from each premise to it, and one on to the conclusion.
function edgesOf(inSteps, nodeOf, nodes, layers) {
  const edges = [];
  const known = new Map();
  const edge = (from, to, step, arrow, group) => {
    const key = `${from}>${to}`;
    const same = known.get(key);
    if (same) {
      same.steps.push(step);
      return;
    }
    const made = { from, to, steps: group ?? [step], arrow };
    known.set(key, made);
    edges.push(made);
  };
  const junctions = new Map();
  inSteps.forEach((yes, step) => {
    if (!yes) return;
    const { premises, conclusion } = steps[step];
    const from = [...new Set(premises.map((fact) => nodeOf[fact]))];
    const to = nodeOf[conclusion];
    if (from.length <= 1) {
      if (from.length && from[0] !== to) edge(from[0], to, step, true);
      return;
    }
    const key = `${from.join()}>${to}`;
    const junction = junctions.get(key);
    if (junction !== undefined) {
      nodes[junction].steps.push(step);
      return;
    }
    const layer = Math.max(...premises.map((fact) => layers[fact])) + 0.5;
    const here = nodes.length;
    const group = [step];
    nodes.push({ members: [], kind: STEP_KIND, layer, steps: group });
    junctions.set(key, here);
    for (const premise of from) edge(premise, here, step, false, group);
    edge(here, to, step, true, group);
  });
  return edges;
}
