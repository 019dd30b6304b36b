// Where everything stands: a column for each layer, split where it would be too long, in an order
// with few crossings. All passes are linear but for sorting, and their number is fixed.
const NODE = { width: 210, height: 42, gap: 16 };
const JUNCTION = 18;
const SWEEPS = 6;
const FEW = 400;

function layOut(scene) {
  const { nodes, edges } = scene;
  scene.isSmall = nodes.length <= FEW && edges.length <= 2 * FEW;
  const layers = [...new Set(nodes.map((node) => node.layer))].sort((a, b) => a - b);
  const columnOf = new Map(layers.map((layer, column) => [layer, column]));
  const columns = layers.map(() => []);
  nodes.forEach((node, place) => {
    node.column = columnOf.get(node.layer);
    columns[node.column].push(place);
  });
  // Bends keep long edges out of the nodes between; with many edges nobody could tell.
  const bends = scene.isSmall ? addBends(scene, columns) : [];
  const all = nodes.concat(bends);
  const links = linksOf(edges, all.length);
  orderColumns(columns, all, links);
  const size = (node) => (node.bend ? 12 : node.kind === STEP_KIND ? 34 : NODE.height) + NODE.gap;
  const rowsMost = rowsThatFit(columns);
  let x = 0;
  columns.forEach((column) => {
    const isJunctions = column.every((place) => all[place].kind === STEP_KIND || all[place].bend);
    const width = isJunctions ? JUNCTION * 2 : NODE.width;
    const split = Math.ceil(column.length / rowsMost);
    const gap = scene.isSmall ? (isJunctions ? 40 : 150) : 60;
    column.forEach((place, rank) => {
      const node = all[place];
      node.width = node.kind === STEP_KIND ? JUNCTION : node.bend ? width : NODE.width;
      node.height = node.kind === STEP_KIND ? JUNCTION : NODE.height;
      node.x = x + width / 2 + (rank % split) * (width + 30);
      node.y = Math.floor(rank / split) * (NODE.height + NODE.gap);
    });
    const height = Math.ceil(column.length / split) * (NODE.height + NODE.gap);
    for (const place of column) all[place].y -= height / 2;
    x += width + (split - 1) * (width + 30) + gap;
  });
  if (scene.isSmall) straighten(columns, all, links, size);
  placeEdges(scene, all);
  return scene;
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
      bends.push({ bend: true, column, members: [] });
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
    const forward = sweep % 2 === 0;
    const neighbours = forward ? links.into : links.out;
    for (let at = 0; at < columns.length; at += 1) {
      const column = columns[forward ? at : columns.length - 1 - at];
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

// How many nodes stand below each other, so that the whole is somewhat wider than high.
function rowsThatFit(columns) {
  const high = NODE.height + NODE.gap;
  let most = 14;
  for (;;) {
    let width = 0;
    for (const column of columns) width += 60 + Math.ceil(column.length / most) * (NODE.width + 30);
    if (width <= 1.7 * most * high || columns.every((column) => column.length <= most)) return most;
    most = Math.ceil(most * 1.2);
  }
}

// Moves nodes towards their neighbours without changing the order: per column the places nearest
// to what is wished, in least squares, by pooling neighbours that would overlap.
function straighten(columns, all, links, size) {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbours = sweep % 2 === 0 ? links.into : links.out;
    const ordered = sweep % 2 === 0 ? columns : [...columns].reverse();
    for (const column of ordered) {
      let offset = 0;
      const pools = [];
      column.forEach((place, at) => {
        const near = neighbours.of(place);
        let wish = all[place].y;
        if (near.length) wish = near.reduce((sum, each) => sum + all[each].y, 0) / near.length;
        if (at > 0) offset += (size(all[column[at - 1]]) + size(all[place])) / 2;
        const weight = near.length ? 4 : 1;
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
          node.y = pool.sum / pool.weight + node.offset;
        }
      }
    }
  }
}

// The points of each edge, two numbers each: out of a node, into and out of each bend, into a node.
// Also the place of its mark, where it is clicked and named.
function placeEdges(scene, all) {
  const { edges } = scene;
  let length = 0;
  for (const edge of edges) length += 4 + 4 * (edge.via?.length ?? 0);
  const points = new Float32Array(length);
  const from = new Int32Array(edges.length + 1);
  const marks = new Float32Array(2 * edges.length);
  let end = 0;
  edges.forEach((edge, place) => {
    const put = (x, y) => { points[end] = x; points[end + 1] = y; end += 2; };
    const [a, b] = [all[edge.from], all[edge.to]];
    put(a.x + a.width / 2, a.y);
    for (const via of edge.via ?? []) {
      put(all[via].x - all[via].width / 2, all[via].y);
      put(all[via].x + all[via].width / 2, all[via].y);
    }
    put(b.x - b.width / 2, b.y);
    const start = from[place];
    marks[2 * place] = (points[start] + points[start + 2]) / 2;
    marks[2 * place + 1] = (points[start + 1] + points[start + 3]) / 2;
    from[place + 1] = end;
  });
  Object.assign(scene, { points, pointsFrom: from, marks });
}
