// What lies at a point: nodes and marks of edges in the cells of a grid.
const CELL = 256;

function makeIndex(scene) {
  const { nodes, marks, edges } = scene;
  let [left, top, right, bottom] = [0, 0, 1, 1];
  for (const { x, y, width, height } of nodes) {
    left = Math.min(left, x - width);
    top = Math.min(top, y - height);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  const across = Math.ceil((right - left) / CELL) + 1;
  const down = Math.ceil((bottom - top) / CELL) + 1;
  const cell = (x, y) => {
    const column = Math.min(Math.max(Math.floor((x - left) / CELL), 0), across - 1);
    const row = Math.min(Math.max(Math.floor((y - top) / CELL), 0), down - 1);
    return row * across + column;
  };
  // Nodes are smaller than a cell, so that their corners tell all cells they are in.
  const cells = rows(across * down, (put) => {
    nodes.forEach(({ x, y, width, height }, place) => {
      const touched = new Set();
      for (const dx of [-width / 2, width / 2]) {
        for (const dy of [-height / 2, height / 2]) touched.add(cell(x + dx, y + dy));
      }
      for (const each of touched) put(each, place);
    });
    edges.forEach((_, place) => put(cell(marks[2 * place], marks[2 * place + 1]), nodes.length + place));
  });
  const bounds = { left, top, right, bottom };

  // The node at a point, else the edge whose mark is within reach, as { node } or { edge }.
  const at = (x, y, reachOfMark) => {
    let found = null;
    let best = reachOfMark;
    for (let dx = -1; dx <= 1; dx += 1) {
      for (let dy = -1; dy <= 1; dy += 1) {
        for (const place of cells.of(cell(x + dx * best, y + dy * best))) {
          if (place < nodes.length) {
            const node = nodes[place];
            if (Math.abs(x - node.x) <= node.width / 2 && Math.abs(y - node.y) <= node.height / 2) {
              return { node: place };
            }
          } else {
            const edge = place - nodes.length;
            const distance = Math.hypot(x - marks[2 * edge], y - marks[2 * edge + 1]);
            if (distance <= best) {
              best = distance;
              found = { edge };
            }
          }
        }
      }
    }
    return found;
  };
  return { at, bounds };
}
