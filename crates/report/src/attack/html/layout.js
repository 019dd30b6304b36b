// Where everything stands: a column for each layer, split where it would be too long, in an order
// with few crossings. All passes are linear but for sorting, and their number is fixed.
//
// A small graph may stand upright instead, from top to bottom, where that shows it larger. So places
// are counted along the way from entries to targets and across it, and sizes too.
const CARD = { width: 176, height: 42, least: 84, gap: 16 };
const JUNCTION = 18;
const BEND = 10;
const SWEEPS = 6;
const FEW = 400;
const SHORT = 30;

function layOut(scene, room) {
  const { nodes, edges } = scene;
  const layers = [...new Set(nodes.map((node) => node.layer))].sort((a, b) => a - b);
  const columnOf = new Map(layers.map((layer, column) => [layer, column]));
  const columns = layers.map(() => []);
  nodes.forEach((node, place) => {
    node.column = columnOf.get(node.layer);
    columns[node.column].push(place);
  });
  scene.isSmall = nodes.length <= FEW && edges.length <= 2 * FEW
    && columns.every((column) => column.length <= SHORT);
  // Bends keep long edges out of the nodes between; with many edges nobody could tell.
  const all = nodes.concat(scene.isSmall ? addBends(scene, columns) : []);
  const links = linksOf(edges, all.length);
  orderColumns(columns, all, links);
  sizeCards(scene);
  if (scene.isSmall) {
    const larger = [false, true].map((isUpright) => {
      const { width, height } = placeFew(columns, all, links, isUpright);
      return Math.min(room.width / width, room.height / height, 1);
    });
    scene.isUpright = larger[1] > 1.15 * larger[0];
    placeFew(columns, all, links, scene.isUpright);
  } else {
    scene.isUpright = false;
    placeMany(columns, all);
  }
  placeEdges(scene, all);
  return scene;
}

// A small graph's cards are as wide as their texts ask for.
function sizeCards({ nodes, isSmall }) {
  for (const node of nodes) {
    if (node.kind === STEP_KIND) {
      node.width = JUNCTION;
      node.height = JUNCTION;
      continue;
    }
    node.width = CARD.width;
    node.height = CARD.height;
    if (!isSmall) continue;
    const [name, below] = cardTexts(node);
    const text = Math.max(textWidth(name), 0.85 * textWidth(`${below} · target`));
    node.width = Math.min(Math.max(text + 30, CARD.least), 1.2 * CARD.width);
  }
}

// What stands on a card: `serviceaccount shop/cart` as its name over its kind.
function cardTexts(node) {
  if (node.members.length > 1) return [groupName(node), ""];
  const { name, kind } = facts[node.members[0]];
  const words = name.split(" ");
  return words.length === 2 ? [words[1], words[0]] : [name, kind];
}

function addBends(scene, columns) {
  const bends = [];
  const first = scene.nodes.length;
  for (const edge of scene.edges) {
    edge.via = [];
    const to = scene.nodes[edge.to].column;
    for (let column = scene.nodes[edge.from].column + 1; column < to; column += 1) {
      edge.via.push(first + bends.length);
      columns[column].push(first + bends.length);
      bends.push({ isBend: true, column, members: [], width: BEND, height: BEND });
    }
  }
  return bends;
}

function linksOf(edges, count) {
  const each = (put) => {
    for (const { from, to, via } of edges) {
      let last = from;
      for (const next of [...(via ?? []), to]) {
        put(last, next);
        last = next;
      }
    }
  };
  return {
    into: rows(count, (put) => each((from, to) => put(to, from))),
    out: rows(count, (put) => each((from, to) => put(from, to))),
  };
}

// Each node goes to the middle of its neighbours in the columns before, then in those after.
function orderColumns(columns, all, links) {
  const rank = new Float64Array(all.length);
  const wish = new Float64Array(all.length);
  const settle = (column) => column.forEach((place, at) => { rank[place] = (at + 0.5) / column.length; });
  columns.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const neighbours = isForward ? links.into : links.out;
    for (let at = 0; at < columns.length; at += 1) {
      const column = columns[isForward ? at : columns.length - 1 - at];
      for (const place of column) {
        const near = neighbours.of(place);
        let sum = 0;
        for (const each of near) sum += rank[each];
        wish[place] = near.length ? sum / near.length : rank[place];
      }
      column.sort((a, b) => wish[a] - wish[b] || rank[a] - rank[b]);
      settle(column);
    }
  }
}

function placeFew(columns, all, links, isUpright) {
  const along = (node) => (isUpright ? node.height : node.width);
  const across = (node) => (isUpright ? node.width : node.height) + CARD.gap;
  let start = 0;
  for (const column of columns) {
    const deep = Math.max(...column.map((place) => along(all[place])));
    let aside = 0;
    for (const place of column) {
      const node = all[place];
      node.along = start + deep / 2;
      node.across = aside + across(node) / 2;
      node.deep = node.isBend ? deep : along(node);
      aside += across(node);
    }
    for (const place of column) all[place].across -= aside / 2;
    start += deep + (!isUpright ? 116 : deep <= JUNCTION ? 34 : 66);
  }
  straighten(columns, all, links, across);
  let [low, high] = [0, 0];
  for (const node of all) {
    low = Math.min(low, node.across - across(node) / 2);
    high = Math.max(high, node.across + across(node) / 2);
    node.x = isUpright ? node.across : node.along;
    node.y = isUpright ? node.along : node.across;
  }
  return isUpright ? { width: high - low, height: start } : { width: start, height: high - low };
}

function placeMany(columns, all) {
  const high = CARD.height + CARD.gap;
  const most = rowsThatFit(columns, high);
  let start = 0;
  for (const column of columns) {
    const split = Math.ceil(column.length / most);
    const down = Math.ceil(column.length / split);
    column.forEach((place, rank) => {
      const node = all[place];
      node.x = start + CARD.width / 2 + (rank % split) * (CARD.width + 30);
      node.y = (Math.floor(rank / split) - down / 2) * high;
      node.deep = node.width;
    });
    start += split * (CARD.width + 30) + 60;
  }
}

// How many nodes stand below each other, so that the whole is somewhat wider than high.
function rowsThatFit(columns, high) {
  let most = 14;
  for (;;) {
    let width = 0;
    for (const column of columns) width += 60 + Math.ceil(column.length / most) * (CARD.width + 30);
    if (width <= 1.4 * most * high || columns.every((column) => column.length <= most)) return most;
    most = Math.ceil(most * 1.2);
  }
}

// Moves nodes towards their neighbours without changing the order: per column the places nearest
// to what is wished, in least squares, by pooling neighbours that would overlap.
function straighten(columns, all, links, across) {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const neighbours = isForward ? links.into : links.out;
    for (const column of isForward ? columns : [...columns].reverse()) {
      const pools = [];
      let offset = 0;
      column.forEach((place, at) => {
        const near = neighbours.of(place);
        let wish = all[place].across;
        if (near.length) wish = near.reduce((sum, each) => sum + all[each].across, 0) / near.length;
        if (at > 0) offset += (across(all[column[at - 1]]) + across(all[place])) / 2;
        // Straight long edges please the eye most.
        const weight = all[place].isBend ? 8 : near.length ? 4 : 1;
        let pool = { sum: (wish - offset) * weight, weight, count: 1 };
        while (pools.length && pools.at(-1).sum / pools.at(-1).weight > pool.sum / pool.weight) {
          const before = pools.pop();
          pool = {
            sum: before.sum + pool.sum, weight: before.weight + pool.weight, count: before.count + pool.count,
          };
        }
        pools.push(pool);
        all[place].offset = offset;
      });
      let at = 0;
      for (const pool of pools) {
        for (let each = 0; each < pool.count; each += 1, at += 1) {
          const node = all[column[at]];
          node.across = pool.sum / pool.weight + node.offset;
        }
      }
    }
  }
}

// The points of each edge, two numbers each: out of a node, into and out of each bend, into a node.
function placeEdges(scene, all) {
  const { edges, isUpright } = scene;
  let length = 0;
  for (const edge of edges) length += 4 + 4 * (edge.via?.length ?? 0);
  const points = new Float32Array(length);
  const from = new Int32Array(edges.length + 1);
  let end = 0;
  const put = (node, side) => {
    points[end] = node.x + (isUpright ? 0 : side * node.deep / 2);
    points[end + 1] = node.y + (isUpright ? side * node.deep / 2 : 0);
    end += 2;
  };
  edges.forEach((edge, place) => {
    put(all[edge.from], 1);
    for (const via of edge.via ?? []) {
      put(all[via], -1);
      put(all[via], 1);
    }
    put(all[edge.to], -1);
    from[place + 1] = end;
  });
  Object.assign(scene, { points, pointsFrom: from, marks: new Float32Array(2 * edges.length) });
  placeMarks(scene);
}

// How far an edge's curve bows along the way.
const bowOf = (from, to) => Math.max(20, Math.abs(to - from) / 2);

// The mark of each edge, where it is clicked: before its end, and in small graphs on the middle of its
// last stretch or where there is room for its name beside it.
function placeMarks({ edges, points, pointsFrom, marks, isUpright, isSmall }) {
  if (!isSmall) {
    edges.forEach((_, place) => {
      const end = pointsFrom[place + 1];
      marks.set([points[end - 2] - 16, points[end - 1]], 2 * place);
    });
    return;
  }
  const taken = [];
  const at = (place, part) => {
    const end = pointsFrom[place + 1];
    const [x0, y0, x1, y1] = points.subarray(end - 4, end);
    const bow = isUpright ? bowOf(y0, y1) : bowOf(x0, x1);
    const curve = (a, b, c, d) => {
      const rest = 1 - part;
      return a * rest ** 3 + 3 * b * rest ** 2 * part + 3 * c * rest * part ** 2 + d * part ** 3;
    };
    return isUpright
      ? [curve(x0, x0, x1, x1), curve(y0, y0 + bow, y1 - bow, y1)]
      : [curve(x0, x0 + bow, x1 - bow, x1), curve(y0, y0, y1, y1)];
  };
  const isFree = (box, others) => others.every((other) =>
    !other || box[0] >= other[2] || box[2] <= other[0] || box[1] >= other[3] || box[3] <= other[1]);
  const middles = edges.map((edge, place) => {
    const [x, y] = at(place, 0.5);
    marks.set([x, y], 2 * place);
    return edge.arrow ? [x - 4, y - 4, x + 4, y + 4] : null;
  });
  edges.forEach((edge, place) => {
    edge.side = 1;
    edge.isNamed = false;
    if (!edge.arrow) return;
    middles[place] = null;
    edge.lines = isUpright ? [fitted(edgeName(edge), 260)] : onTwoLines(edgeName(edge), 112);
    const width = Math.max(...edge.lines.map(textWidth));
    for (const [part, side] of [[0.5, 1], [0.5, -1], [0.7, 1], [0.3, 1], [0.7, -1], [0.3, -1]]) {
      const [x, y] = at(place, part);
      const left = isUpright ? (side > 0 ? x + 5 : x - 9 - width) : x - width / 2;
      const top = isUpright ? y - 7 : side > 0 ? y - 6 - 12 * edge.lines.length : y + 4;
      const box = [left, top, left + width, top + (isUpright ? 14 : 12 * edge.lines.length)];
      if (!isFree(box, taken) || !isFree(box, middles)) continue;
      marks.set([x, y], 2 * place);
      edge.side = side;
      edge.isNamed = true;
      taken.push(box, [x - 4, y - 4, x + 4, y + 4]);
      return;
    }
    const [x, y] = at(place, 0.5);
    taken.push([x - 4, y - 4, x + 4, y + 4]);
  });
}
