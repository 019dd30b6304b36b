// Puts the parts together: what is chosen decides what is drawn, listed and told.
state.group = -1;
readAddress();
fillFilters();

const canvas = byId("canvas");
let current = null;
let sceneKey = "";

const drawing = makeCanvas(canvas, pick, hover);

function choose(next) {
  Object.assign(state, next);
  update();
}

function update() {
  const shownRoutes = routesNow();
  const path = chosenPath(shownRoutes);
  const graph = drawn(shownRoutes, path);
  const ends = (of) => [...new Set(shownRoutes.flatMap(({ number }) => routes[number][of]))].filter((fact) => graph.inFacts[fact]);
  const [starts, goals] = [ends("starts"), ends("goals")];
  const onPath = new Set(path ? factsOf(path) : []);
  const pinned = [...onPath, ...(state.fact >= 0 ? [state.fact] : []),
    ...(state.step >= 0 ? [...steps[state.step].premises, steps[state.step].conclusion] : [])]
    .filter((fact) => graph.inFacts[fact]);
  const isLarge = graph.inFacts.reduce((sum, yes) => sum + yes, 0) > COLLAPSE_BEYOND;
  const key = JSON.stringify([state.entry, state.target, state.technique && !state.whole, state.confidence, state.whole,
    [...state.open], [...graph.inSteps.keys()].filter((step) => !state.whole && graph.inSteps[step]), isLarge && pinned]);
  const isNew = key !== sceneKey;
  if (isNew) {
    sceneKey = key;
    const scene = layOut(makeScene(graph, starts, goals, pinned), drawing.size);
    drawing.use(scene);
    current = { scene };
  }
  const found = search(current.scene);
  const factState = stateOfFacts(shownRoutes, onPath, path);
  Object.assign(current, { shownRoutes, path, factState, found });
  paint(current, onPath, path);
  listRoutes(shownRoutes);
  listChanges(shownRoutes);
  listFacts(found, factState);
  showPanel(current);
  showControls();
  tell(current);
  writeAddress();
  move(isNew, path);
  drawing.ask();
}

// Held, on the chosen path, no longer reached with the ticked changes, or not reached at all.
function stateOfFacts(shownRoutes, onPath, path) {
  return (fact) => {
    const isReached = shownRoutes.some(({ now }) => now.round[fact] >= 0);
    if (!isReached && state.without.size && shownRoutes.some(({ before }) => before.round[fact] >= 0)) return "cut";
    if (onPath.has(fact)) return "chosen";
    return path ? "faded" : isReached ? "held" : "unreached";
  };
}

function search(scene) {
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return scene.shown;
  const found = [];
  factTexts.forEach((text, fact) => { if (words.every((word) => text.includes(word))) found.push(fact); });
  return found;
}

// How each node and edge looks, in the order in which they are drawn.
function paint({ scene, factState, found }, onPath, path) {
  const { nodes, edges } = scene;
  const chosenSteps = new Set(path?.steps ?? []);
  const matches = (step) => state.technique && state.whole && steps[step].technique === state.technique;
  const isMatching = state.technique !== "" && state.whole && !path;
  const near = new Set();
  if (isMatching) {
    steps.forEach((step, at) => {
      if (step && matches(at)) for (const fact of [...step.premises, step.conclusion]) near.add(fact);
    });
  }
  const lookOfSteps = (list) => {
    if (list.some((step) => chosenSteps.has(step)) && !list.every(isTaken)) return CHOSEN;
    if (list.every(isTaken)) return CUT;
    if (path || (isMatching && !list.some(matches))) return FADED;
    return NORMAL;
  };
  const lookOfFacts = (members) => {
    if (members.every((fact) => factState(fact) === "cut")) return CUT;
    if (path) return members.some((fact) => onPath.has(fact)) ? CHOSEN : FADED;
    return isMatching && !members.some((fact) => near.has(fact)) ? FADED : NORMAL;
  };
  scene.nodeState = Uint8Array.from(nodes, (node) =>
    (node.kind === STEP_KIND ? lookOfSteps(node.steps) : lookOfFacts(node.members)));
  const [isStart, isGoal] = [new Set(scene.starts), new Set(scene.goals)];
  for (const node of nodes) {
    node.isStart = node.members.some((fact) => isStart.has(fact));
    node.isGoal = node.members.some((fact) => isGoal.has(fact));
    node.mark = node.isStart ? "entry" : node.isGoal ? "target" : "";
  }
  scene.edgeState = Uint8Array.from(edges, (edge) => lookOfSteps(edge.steps));
  scene.edgeDashed = Uint8Array.from(edges, (edge) => Number(edge.steps.every((step) => steps[step].confidence < 2)));
  const byState = rows(4, (put) => edges.forEach((_, edge) => put(scene.edgeState[edge], edge)));
  scene.edgeOrder = byState.items;
  scene.edgesFrom = byState.from;
  const depth = [1, 0, 2, 3];
  scene.nodeOrder = Int32Array.from(nodes.keys()).sort((a, b) =>
    depth[scene.nodeState[a]] - depth[scene.nodeState[b]] || nodes[a].kind - nodes[b].kind || a - b);
  const nodesOf = (list) => [...new Set(list.map((fact) => scene.nodeOf[fact]).filter((node) => node >= 0))];
  scene.ringed = state.search ? nodesOf(found) : [];
  scene.focused = state.fact >= 0 ? scene.nodeOf[state.fact] : state.group >= 0 ? scene.nodeOf[state.group] : -1;
  scene.focusedEdge = -1;
  if (state.step >= 0) {
    const edge = edges.findIndex(({ steps: of, arrow }) => arrow && of.includes(state.step));
    const junction = edge >= 0 ? edges[edge].from : -1;
    if (edge >= 0 && nodes[junction].kind === STEP_KIND) scene.focused = junction;
    else scene.focusedEdge = edge;
  }
  scene.signs = nodesOf([...onPath, ...scene.goals.slice(0, 20), ...scene.starts.slice(0, 20)]);
}

function edgeName({ steps: of }) {
  const titles = [...new Set(of.map((step) => techniqueTitle(steps[step])))];
  return titles.length === 1 ? titles[0] : `${titles[0]} (and ${titles.length - 1} more)`;
}

function showControls() {
  byId("search").value = state.search;
  byId("entry").value = state.entry;
  byId("target").value = state.target;
  byId("technique").value = state.technique;
  byId("confidence").value = state.confidence > 0 ? CONFIDENCES[state.confidence] : "";
  byId("whole").checked = state.whole;
}

function tell({ scene, shownRoutes, factState, found }) {
  const parts = [`${scene.shown.length.toLocaleString("en")} of ${plural(facts.length, "fact")} drawn`];
  if (scene.factNodes < scene.shown.length) parts.push(`as ${plural(scene.factNodes, "card")}`);
  if (state.search) parts.push(`${found.length.toLocaleString("en")} found`);
  if (state.without.size) {
    const gone = scene.shown.reduce((sum, fact) => sum + (factState(fact) === "cut"), 0);
    const left = shownRoutes.filter(({ reached }) => reached).length;
    parts.push(`with ${plural(state.without.size, "change")} ${plural(gone, "fact")} no longer reached, `
      + `${left ? `${plural(left, "route")} left` : "no route left"}`);
  }
  byId("status").textContent = parts.join("; ");
}

// Moves the drawing so that what was chosen last is in it.
let lastMove = "";
function move(isNew, path) {
  const { scene } = current;
  const target = state.step >= 0 ? `step ${state.step}` : state.fact >= 0 ? `fact ${state.fact}`
    : path ? `path ${state.route} ${state.path}` : "all";
  if (target === lastMove && !isNew) return;
  const isSmooth = lastMove !== "" && !isNew;
  const wasPath = lastMove.startsWith("path");
  lastMove = target;
  const of = (list) => [...new Set(list.map((fact) => scene.nodeOf[fact]).filter((node) => node >= 0))];
  if (path && target.startsWith("path")) {
    drawing.showNodes(of(factsOf(path)), isSmooth);
  } else if (state.step >= 0 || state.fact >= 0) {
    const list = state.step >= 0 ? [...steps[state.step].premises, steps[state.step].conclusion] : [state.fact];
    const places = of(list);
    if (isNew && scene.isSmall) drawing.showAll(false);
    else if (isNew || !places.every(drawing.isVisible)) drawing.showNodes(places, isSmooth);
  } else if (isNew || wasPath) {
    drawing.showAll(isSmooth);
    // Where all is too small to be read, the first look is at the shortest path.
    const first = isNew && current.shownRoutes.find(({ paths }) => paths.length);
    if (first && !drawing.isLegible()) drawing.showNodes(of(factsOf(first.paths[0])), isSmooth);
  }
}

function factsOf(path) {
  return path.steps.flatMap((step) => [...steps[step].premises, steps[step].conclusion]);
}

function pick(hit) {
  const { scene } = current;
  if (!hit) {
    if (state.fact >= 0 || state.step >= 0 || state.group >= 0) choose({ fact: -1, step: -1, group: -1 });
    return;
  }
  const [step] = hit.edge !== undefined ? scene.edges[hit.edge].steps : scene.nodes[hit.node].steps ?? [];
  if (step !== undefined) choose({ step, fact: -1, group: -1 });
  else chooseNode(hit.node);
}

function chooseNode(place) {
  const { members, steps: of } = current.scene.nodes[place];
  if (of) choose({ step: of[0], fact: -1, group: -1 });
  else if (members.length > 1) choose({ group: members[0], fact: -1, step: -1 });
  else choose({ fact: members[0], step: -1, group: -1 });
}

function hover(hit, x, y) {
  const tip = byId("tip");
  canvas.style.cursor = hit ? "pointer" : "grab";
  tip.hidden = !hit;
  if (!hit) return;
  const { scene } = current;
  if (hit.edge !== undefined) tip.textContent = edgeName(scene.edges[hit.edge]);
  else {
    const node = scene.nodes[hit.node];
    tip.textContent = node.steps ? edgeName(node)
      : node.members.length > 1 ? groupName(node) : facts[node.members[0]].title;
  }
  tip.style.transform = `translate(${Math.min(x + 14, drawing.size.width - 260)}px, ${y + 14}px)`;
}

// The nearest node in a direction from the one that is looked at; the first one when none is.
function go(dx, dy) {
  const { scene } = current;
  const from = scene.nodes[scene.focused];
  if (!from) {
    chooseNode(scene.starts.length ? scene.nodeOf[scene.starts[0]] : 0);
    return;
  }
  let best = -1;
  let least = Infinity;
  scene.nodes.forEach((node, place) => {
    const along = (node.x - from.x) * dx + (node.y - from.y) * dy;
    const aside = Math.abs((node.x - from.x) * dy) + Math.abs((node.y - from.y) * dx);
    // What lies more aside than along is taken only where nothing else is there.
    const distance = along + aside * (along > 0.5 * aside ? 0.8 : 8);
    if (along > 1 && distance < least) {
      least = distance;
      best = place;
    }
  });
  if (best >= 0) chooseNode(best);
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const direction = DIRECTIONS[event.key];
  if (direction && event.shiftKey) drawing.pan(-60 * direction[0], -60 * direction[1]);
  else if (direction) go(...direction);
  else if (event.key === "+" || event.key === "=") drawing.zoom(1.25);
  else if (event.key === "-") drawing.zoom(0.8);
  else if (event.key === "0") drawing.showAll(true);
  else if (event.key === "Enter") byId("panel").focus();
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") choose({ fact: -1, step: -1, group: -1, path: -1 });
  if (event.key === "/" && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    byId("search").focus();
  }
});

byId("search").addEventListener("input", (event) => choose({ search: event.target.value }));
for (const id of ["entry", "target", "technique"]) {
  byId(id).addEventListener("change", (event) => choose({ [id]: event.target.value }));
}
byId("confidence").addEventListener("change", (event) =>
  choose({ confidence: Math.max(CONFIDENCES.indexOf(event.target.value), 0) }));
byId("whole").addEventListener("change", (event) => choose({ whole: event.target.checked, open: new Set() }));
byId("nearer").addEventListener("click", () => drawing.zoom(1.25));
byId("farther").addEventListener("click", () => drawing.zoom(0.8));
byId("fit").addEventListener("click", () => drawing.showAll(true));
byId("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.search && current.found.length) choose({ fact: current.found[0], step: -1, group: -1 });
});
addEventListener("hashchange", () => { readAddress(); state.group = -1; update(); });

update();
