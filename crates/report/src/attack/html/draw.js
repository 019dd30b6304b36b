// The canvas: only what is in view is drawn, and drawing allocates nothing.
const NORMAL = 0;
const FADED = 1;
const CUT = 2;
const CHOSEN = 3;
const LABELS_FROM = 0.45;
const SHAPES_FROM = 0.3;
const SIGNS = 80;

function makeCanvas(canvas, onPick, onHover) {
  const context = canvas.getContext("2d", { alpha: false });
  const view = { scale: 1, x: 0, y: 0 };
  const size = { width: 1, height: 1 };
  let scene = null;
  let index = null;
  let colours = {};
  let isAsked = false;
  let hovered = null;
  let animation = null;
  const taken = new Float64Array(4 * SIGNS);

  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    const named = (name) => style.getPropertyValue(`--${name}`).trim();
    colours = {
      page: named("canvas"), card: named("card"), text: named("text"), muted: named("muted"),
      accent: named("accent"), edge: named("edge"), faint: named("faint"), cut: named("cut"),
      target: named("target"), kinds: [...KINDS, "step"].map((kind) => named(`kind-${kind}`)),
    };
  };

  const ask = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(frame);
  };

  const frame = (now) => {
    isAsked = false;
    if (animation) animation(now);
    draw();
  };

  const resize = () => {
    const box = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    size.width = Math.max(box.width, 1);
    size.height = Math.max(box.height, 1);
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    // At once: a canvas that was given a size is black until something is drawn.
    draw();
  };

  const label = (node) => {
    if (node.label === undefined) {
      const [name, below] = cardTexts(node);
      node.label = fitted(name, node.width - 26);
      node.below = fitted([below, node.mark].filter(Boolean).join(" · "), (node.width - 26) / 0.85);
    }
    return node.label;
  };

  const inView = (left, top, right, bottom) => {
    const { scale, x, y } = view;
    return right * scale + x >= 0 && left * scale + x <= size.width
      && bottom * scale + y >= 0 && top * scale + y <= size.height;
  };

  const trace = (edge, isCurved) => {
    const { points, pointsFrom } = scene;
    const end = pointsFrom[edge + 1];
    let at = pointsFrom[edge];
    context.moveTo(points[at], points[at + 1]);
    at += 2;
    for (;;) {
      const x = points[at];
      const y = points[at + 1];
      if (isCurved) {
        const lastX = points[at - 2];
        const lastY = points[at - 1];
        const bow = scene.isUpright ? bowOf(lastY, y) : bowOf(lastX, x);
        if (scene.isUpright) context.bezierCurveTo(lastX, lastY + bow, x, y - bow, x, y);
        else context.bezierCurveTo(lastX + bow, lastY, x - bow, y, x, y);
      } else {
        context.lineTo(x, y);
      }
      at += 2;
      if (at >= end) return;
      context.lineTo(points[at], points[at + 1]);
      at += 2;
    }
  };

  // In large graphs an edge is drawn where one of its ends is in view: thousands that only pass by would
  // hide what is looked at, and cost the most.
  const isEdgeInView = (edge, isCrossing) => {
    const { points, pointsFrom } = scene;
    const first = pointsFrom[edge];
    const end = pointsFrom[edge + 1];
    if (!isCrossing) {
      return isPointInView(points[first], points[first + 1]) || isPointInView(points[end - 2], points[end - 1]);
    }
    let left = Infinity;
    let top = Infinity;
    let right = -Infinity;
    let bottom = -Infinity;
    for (let at = first; at < end; at += 2) {
      left = Math.min(left, points[at]);
      right = Math.max(right, points[at]);
      top = Math.min(top, points[at + 1]);
      bottom = Math.max(bottom, points[at + 1]);
    }
    return inView(left, top, right, bottom);
  };
  const isPointInView = (x, y) => inView(x, y, x, y);

  const EDGE_STYLES = [
    { state: FADED, colour: "faint", width: 1 },
    { state: NORMAL, colour: "edge", width: 1.3 },
    { state: CUT, colour: "cut", width: 1.3 },
    { state: CHOSEN, colour: "accent", width: 2.6 },
  ];

  const drawEdges = () => {
    const isNear = view.scale >= LABELS_FROM;
    const isCurved = view.scale >= SHAPES_FROM || scene.edges.length < 2000;
    for (const { state: wanted, colour, width } of EDGE_STYLES) {
      const from = scene.edgesFrom[wanted];
      const to = scene.edgesFrom[wanted + 1];
      if (from === to) continue;
      const isCrossing = scene.isSmall || wanted === CHOSEN;
      for (let dashed = 0; dashed <= 1; dashed += 1) {
        // Telling sure from unsure steps at a distance would cost more than it shows.
        if (dashed === 1 && !isNear) break;
        context.beginPath();
        for (let at = from; at < to; at += 1) {
          const edge = scene.edgeOrder[at];
          if (isNear && scene.edgeDashed[edge] !== dashed) continue;
          if (isEdgeInView(edge, isCrossing)) trace(edge, isCurved);
        }
        context.setLineDash(dashed || wanted === CUT ? DASHES : NO_DASHES);
        context.strokeStyle = colours[colour];
        context.lineWidth = Math.max(width, (wanted === CHOSEN ? 2 : 0.7) / view.scale);
        context.stroke();
      }
      context.setLineDash(NO_DASHES);
      if (isNear || wanted === CHOSEN) drawArrows(from, to, colours[colour]);
    }
  };
  const DASHES = [6, 5];
  const NO_DASHES = [];

  const drawArrows = (from, to, colour) => {
    const { points, pointsFrom, edges, edgeOrder, isUpright } = scene;
    const length = Math.max(8, 6 / view.scale);
    context.beginPath();
    for (let at = from; at < to; at += 1) {
      const edge = edgeOrder[at];
      const x = points[pointsFrom[edge + 1] - 2];
      const y = points[pointsFrom[edge + 1] - 1];
      if (!edges[edge].arrow || !inView(x - length, y - length, x + length, y + length)) continue;
      context.moveTo(x, y);
      if (isUpright) {
        context.lineTo(x - length / 2, y - length);
        context.lineTo(x + length / 2, y - length);
      } else {
        context.lineTo(x - length, y - length / 2);
        context.lineTo(x - length, y + length / 2);
      }
      context.closePath();
    }
    context.fillStyle = colour;
    context.fill();
  };

  // The marks of edges: where to click, and in small graphs what is done.
  const drawMarks = () => {
    const { marks, edges, edgeState, isSmall, isUpright } = scene;
    context.font = `500 11px ${FONT}`;
    for (let edge = 0; edge < edges.length; edge += 1) {
      const x = marks[2 * edge];
      const y = marks[2 * edge + 1];
      if (!edges[edge].arrow || !inView(x - 280, y - 30, x + 280, y + 30)) continue;
      const how = edgeState[edge];
      context.fillStyle = how === CHOSEN ? colours.accent : how === FADED ? colours.faint
        : how === CUT ? colours.cut : colours.edge;
      context.beginPath();
      context.arc(x, y, isSmall && edges[edge].steps.length > 1 ? 5 : 3, 0, 7);
      context.fill();
      if (isSmall && (how === CHOSEN || (edges[edge].isNamed && how !== FADED))) drawName(edges[edge], x, y, isUpright);
    }
    context.textAlign = "left";
  };

  const drawName = ({ lines, side }, x, y, isUpright) => {
    context.lineWidth = 4;
    context.strokeStyle = colours.page;
    context.textAlign = !isUpright ? "center" : side > 0 ? "left" : "right";
    for (let line = 0; line < lines.length; line += 1) {
      const left = isUpright ? x + 9 * side : x;
      const top = isUpright ? y + 4 : side > 0 ? y - 8 - 12 * (lines.length - 1 - line) : y + 14 + 12 * line;
      context.strokeText(lines[line], left, top);
      context.fillText(lines[line], left, top);
    }
  };

  const drawNodes = () => {
    const { nodes, nodeOrder, nodeState } = scene;
    const isFar = view.scale < SHAPES_FROM;
    let last = -1;
    for (let at = 0; at < nodeOrder.length; at += 1) {
      const place = nodeOrder[at];
      const node = nodes[place];
      const { x, y, width, height, kind } = node;
      if (!inView(x - width / 2, y - height / 2, x + width / 2, y + height / 2)) continue;
      const how = nodeState[place];
      if (isFar) {
        const colour = kind + 16 * how;
        if (colour !== last) {
          context.globalAlpha = how === FADED ? 0.18 : how === CUT ? 0.35 : 1;
          context.fillStyle = how === CUT ? colours.cut : colours.kinds[kind];
          last = colour;
        }
        context.fillRect(x - width / 2, y - height / 2, width, height);
      } else {
        context.globalAlpha = how === FADED ? 0.25 : how === CUT ? 0.45 : 1;
        if (kind === STEP_KIND) drawJunction(node, how);
        else drawCard(node, how);
      }
    }
    context.globalAlpha = 1;
  };

  const drawJunction = ({ x, y }, how) => {
    const half = JUNCTION / 2 + 1;
    context.beginPath();
    context.moveTo(x - half, y);
    context.lineTo(x, y - half);
    context.lineTo(x + half, y);
    context.lineTo(x, y + half);
    context.closePath();
    context.fillStyle = how === CHOSEN ? colours.accent : how === CUT ? colours.cut : colours.kinds[STEP_KIND];
    context.fill();
    if (view.scale >= LABELS_FROM) {
      context.fillStyle = colours.card;
      context.font = `700 11px ${FONT}`;
      context.textAlign = "center";
      context.fillText("&", x, y + 4);
      context.textAlign = "left";
    }
  };

  const box = (x, y, width, height, round) => {
    context.beginPath();
    context.roundRect(x, y, width, height, round);
  };

  const drawCard = (node, how) => {
    const { x, y, width, height, kind } = node;
    const left = x - width / 2;
    const top = y - height / 2;
    if (node.members.length > 1) {
      box(left + 5, top + 5, width, height, 8);
      context.fillStyle = colours.card;
      context.fill();
      context.strokeStyle = colours.faint;
      context.lineWidth = 1;
      context.stroke();
    }
    box(left, top, width, height, 8);
    context.fillStyle = colours.card;
    context.fill();
    context.strokeStyle = how === CHOSEN ? colours.accent : node.isGoal ? colours.target
      : node.isStart ? colours.kinds[0] : colours.faint;
    context.lineWidth = how === CHOSEN ? 2.2 : node.isGoal || node.isStart ? 1.8 : 1;
    context.stroke();
    if (node.isGoal || node.isStart) {
      box(left - 4, top - 4, width + 8, height + 8, 11);
      context.lineWidth = 1;
      context.stroke();
    }
    context.fillStyle = colours.kinds[kind];
    box(left + 5, top + 7, 5, height - 14, 2.5);
    context.fill();
    if (view.scale < LABELS_FROM) return;
    const name = label(node);
    context.fillStyle = colours.text;
    context.font = `600 12px ${FONT}`;
    context.fillText(name, left + 17, top + 18);
    if (how === CUT) context.fillRect(left + 17, top + 13, width - 34, 1);
    context.fillStyle = colours.muted;
    context.font = `10.5px ${FONT}`;
    context.fillText(node.below, left + 17, top + 33);
  };

  // Rings around what search found and around what is looked at.
  const drawRings = () => {
    const { nodes, ringed, focused } = scene;
    const ring = (node, colour, width) => {
      if (!isPointInView(node.x, node.y)) return;
      const out = Math.max(3, 2.5 / view.scale);
      box(node.x - node.width / 2 - out, node.y - node.height / 2 - out, node.width + 2 * out, node.height + 2 * out, 10);
      context.strokeStyle = colour;
      context.lineWidth = Math.max(width, width / view.scale);
      context.stroke();
    };
    for (let at = 0; at < ringed.length; at += 1) ring(nodes[ringed[at]], colours.target, 1.6);
    if (hovered?.node !== undefined) ring(nodes[hovered.node], colours.edge, 1);
    if (focused >= 0 && nodes[focused]) ring(nodes[focused], colours.accent, 2.4);
    if (scene.focusedEdge >= 0) {
      const edge = scene.focusedEdge;
      context.beginPath();
      context.arc(scene.marks[2 * edge], scene.marks[2 * edge + 1], Math.max(8, 6 / view.scale), 0, 7);
      context.strokeStyle = colours.accent;
      context.lineWidth = Math.max(2.4, 2 / view.scale);
      context.stroke();
    }
  };

  // Whether nothing stands there yet; then it is taken. The first to ask get their places.
  const isFree = (left, top, width, height, count) => {
    if (4 * count >= taken.length) return false;
    for (let at = 0; at < 4 * count; at += 4) {
      if (left < taken[at + 2] && left + width > taken[at] && top < taken[at + 3] && top + height > taken[at + 1]) return false;
    }
    taken[4 * count] = left;
    taken[4 * count + 1] = top;
    taken[4 * count + 2] = left + width;
    taken[4 * count + 3] = top + height;
    return true;
  };

  // At a distance the names of what matters most, in the size of the screen's own text.
  const drawSigns = () => {
    if (view.scale >= LABELS_FROM) return;
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `600 12px ${FONT}`;
    let put = 0;
    for (let at = 0; at < scene.signs.length; at += 1) {
      const node = scene.nodes[scene.signs[at]];
      const x = node.x * view.scale + view.x;
      const y = (node.y - node.height / 2) * view.scale + view.y - 6;
      if (x < -100 || x > size.width + 100 || y < 0 || y > size.height + 20) continue;
      const name = label(node);
      const width = textWidth(name) + 12;
      if (!isFree(x - width / 2, y - 15, width, 20, put)) continue;
      put += 1;
      box(x - width / 2, y - 15, width, 20, 6);
      context.fillStyle = colours.card;
      context.fill();
      context.strokeStyle = scene.nodeState[scene.signs[at]] === CHOSEN ? colours.accent : colours.faint;
      context.lineWidth = 1;
      context.stroke();
      context.fillStyle = colours.text;
      context.fillText(name, x - width / 2 + 6, y);
    }
  };

  const draw = () => {
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.page;
    context.fillRect(0, 0, size.width, size.height);
    if (!scene) return;
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    drawEdges();
    drawNodes();
    if (view.scale >= LABELS_FROM) drawMarks();
    drawRings();
    drawSigns();
  };

  const world = (x, y) => [(x - view.x) / view.scale, (y - view.y) / view.scale];

  const zoom = (factor, x = size.width / 2, y = size.height / 2) => {
    animation = null;
    const scale = Math.min(Math.max(view.scale * factor, 0.01), 4);
    view.x = x - (x - view.x) * (scale / view.scale);
    view.y = y - (y - view.y) * (scale / view.scale);
    view.scale = scale;
    ask();
  };

  const pan = (dx, dy) => {
    animation = null;
    view.x += dx;
    view.y += dy;
    ask();
  };

  // Moves the view so that a box is in it, at once or in a fifth of a second.
  const show = ({ left, top, right, bottom }, isSmooth) => {
    const margin = 48;
    const scale = Math.min(
      (size.width - 2 * margin) / Math.max(right - left, 1),
      (size.height - 2 * margin) / Math.max(bottom - top, 1), 1.25);
    const wanted = Math.max(scale, 0.01);
    const goal = {
      scale: wanted,
      x: size.width / 2 - ((left + right) / 2) * wanted,
      y: size.height / 2 - ((top + bottom) / 2) * wanted,
    };
    if (!isSmooth || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      animation = null;
      Object.assign(view, goal);
      ask();
      return;
    }
    const start = { ...view };
    let began = -1;
    animation = (now) => {
      if (began < 0) began = now;
      const part = Math.min((now - began) / 220, 1);
      const eased = 1 - (1 - part) ** 3;
      for (const key of ["scale", "x", "y"]) view[key] = start[key] + (goal[key] - start[key]) * eased;
      if (part < 1) ask();
      else animation = null;
    };
    ask();
  };

  const boundsOf = (places) => {
    const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const place of places) {
      const { x, y, width, height } = scene.nodes[place];
      bounds.left = Math.min(bounds.left, x - width / 2);
      bounds.right = Math.max(bounds.right, x + width / 2);
      bounds.top = Math.min(bounds.top, y - height / 2);
      bounds.bottom = Math.max(bounds.bottom, y + height / 2);
    }
    return bounds;
  };

  listenToPointers(canvas, {
    pan,
    zoom,
    pick: (x, y) => onPick(index?.at(...world(x, y), 12 / view.scale) ?? null),
    hover: (x, y) => {
      const next = x === null ? null : index?.at(...world(x, y), 10 / view.scale) ?? null;
      if (next?.node !== hovered?.node || next?.edge !== hovered?.edge) ask();
      hovered = next;
      onHover(next, x, y);
    },
  });
  new ResizeObserver(resize).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); ask(); });
  readColours();
  resize();

  return {
    ask, zoom, pan, draw, view, size,
    use(made) {
      scene = made;
      hovered = null;
      index = makeIndex(scene);
    },
    isLegible: () => scene === null || view.scale >= LABELS_FROM,
    showAll: (isSmooth) => { if (scene?.nodes.length) show(boundsOf(scene.nodes.keys()), isSmooth); },
    showNodes: (places, isSmooth) => { if (places.length) show(boundsOf(places), isSmooth); },
    isVisible: (place) => {
      const { x, y } = scene.nodes[place];
      return inView(x, y, x, y);
    },
  };
}
