// Mouse, touch and wheel on the canvas: drag to pan, pinch or wheel to zoom, click to choose.
const STILL = 5;

function listenToPointers(canvas, act) {
  const held = new Map();
  let moved = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    held.set(event.pointerId, place(event));
    if (held.size === 1) moved = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = held.get(event.pointerId);
    if (!before) {
      act.hover(now.x, now.y);
      return;
    }
    held.set(event.pointerId, now);
    moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (held.size === 1) {
      if (moved > STILL) act.pan(now.x - before.x, now.y - before.y);
    } else if (held.size === 2) {
      const [other] = [...held].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const distance = (at) => Math.max(Math.hypot(at.x - other.x, at.y - other.y), 1);
      act.zoom(distance(now) / distance(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    }
  });
  const release = (event) => {
    const wasHeld = held.delete(event.pointerId);
    if (wasHeld && event.type === "pointerup" && held.size === 0 && moved <= STILL) {
      const { x, y } = place(event);
      act.pick(x, y);
    }
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => act.hover(null, null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = place(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    // A pinch on a touchpad comes as a wheel with Ctrl, in much smaller steps.
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    act.zoom(Math.exp(-event.deltaY * lines * speed), x, y);
  }, { passive: false });
}
