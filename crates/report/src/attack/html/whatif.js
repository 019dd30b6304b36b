// What the filters leave, and what is still reached when the ticked changes are made.
const isSure = (step) => steps[step].confidence >= state.confidence;
const isTaken = (step) => steps[step].changes.some((change) => state.without.has(change));
const isPossible = (step) => isSure(step) && !isTaken(step);

function pathMatches(path) {
  return path.confidence >= state.confidence
    && (!state.technique || path.steps.some((step) => steps[step].technique === state.technique));
}

function routeMatches(route) {
  return (!state.entry || route.entry === state.entry)
    && (!state.target || route.target === state.target)
    && ((!state.technique && !state.confidence) || route.paths.some(pathMatches));
}

// The routes that the filters leave, each with the paths they leave and with what is reached now.
function routesNow() {
  return routes.map((route, number) => ({ route, number })).filter(({ route }) => routeMatches(route))
    .map(({ route, number }) => {
      const paths = route.paths
        .map((path, place) => ({ ...path, place, cut: path.steps.some(isTaken) }))
        .filter(pathMatches);
      const before = reachOf(number);
      const now = state.without.size ? reach(route.starts, isPossible) : before;
      const goal = nearest(route.goals, now.round);
      const found = { number, route, paths, before, now, reached: goal >= 0, left: null };
      // A way that the report does not list may be left when all that it lists are cut.
      if (state.without.size && goal >= 0 && paths.every((path) => path.cut)) {
        const way = proof(now, goal);
        found.left = { steps: way, confidence: leastSure(way), place: route.paths.length, cut: false };
      }
      return found;
    });
}

// What a route reaches without changes, which only the filter of confidence changes.
const known = { confidence: -1, reached: new Map() };
function reachOf(number) {
  if (known.confidence !== state.confidence) {
    known.confidence = state.confidence;
    known.reached.clear();
  }
  if (!known.reached.has(number)) known.reached.set(number, reach(routes[number].starts, isSure));
  return known.reached.get(number);
}

function nearest(goals, round) {
  let best = -1;
  for (const goal of goals) {
    if (round[goal] >= 0 && (best < 0 || round[goal] < round[best])) best = goal;
  }
  return best;
}

// The steps of the chosen path; nothing when none is chosen or when what is left has changed.
function chosenPath(shownRoutes) {
  const route = shownRoutes.find(({ number }) => number === state.route);
  if (!route || state.path < 0) return null;
  const path = route.left?.place === state.path
    ? route.left : route.paths.find((each) => each.place === state.path);
  return path ?? null;
}

// Which facts and steps are drawn.
function drawn(shownRoutes, path) {
  const inFacts = new Uint8Array(facts.length);
  const inSteps = new Uint8Array(steps.length);
  const addStep = (place) => {
    inSteps[place] = 1;
    inFacts[steps[place].conclusion] = 1;
    for (const premise of steps[place].premises) inFacts[premise] = 1;
  };
  if (state.whole) {
    inFacts.fill(1);
    steps.forEach((step, at) => { if (step && isSure(at)) inSteps[at] = 1; });
  } else {
    for (const { route, paths } of shownRoutes) {
      for (const each of paths) each.steps.forEach(addStep);
      for (const goal of route.goals) inFacts[goal] = 1;
    }
    // Starts of no path say something only where there is no path at all.
    if (!shownRoutes.some(({ paths }) => paths.length)) {
      for (const { route } of shownRoutes) for (const start of route.starts) inFacts[start] = 1;
    }
    path?.steps.forEach(addStep);
    if (state.step >= 0) addStep(state.step);
    // What is looked at, but lies on no path, comes with its neighbours.
    if (state.fact >= 0 && !inFacts[state.fact]) {
      inFacts[state.fact] = 1;
      [...giving.of(state.fact).slice(0, NEIGHBOURS), ...needing.of(state.fact).slice(0, NEIGHBOURS)]
        .filter(isSure).forEach(addStep);
    }
  }
  return { inFacts, inSteps };
}
const NEIGHBOURS = 20;
