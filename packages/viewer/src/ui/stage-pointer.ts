import { pan, paneSize, zoomBy } from '../actions/view.ts';
import { camera, layout, pointed, stack, stage } from '../state.ts';
import { panesOf } from '../view/scene.ts';

/** Zoom factor for a pixel of the wheel. */
const WHEEL = 0.0016;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Drags, pinches and the wheel move and zoom. @returns what ends it. */
export function followPointer(canvas: HTMLCanvasElement): () => void {
  const down = new Map<number, Place>();
  const ends = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void): void =>
    canvas.addEventListener(type, act, { signal: ends.signal, passive: false });

  on('pointerdown', (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, placeOf(event));
  });
  on('pointermove', (event) => {
    const now = placeOf(event);
    const before = down.get(event.pointerId);
    point(now);
    if (before === undefined) return;
    const [other] = [...down].flatMap(([id, place]) => (id === event.pointerId ? [] : [place]));
    down.set(event.pointerId, now);
    if (other === undefined) return pan(before.x - now.x, before.y - now.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    pan((before.x - now.x) / 2, (before.y - now.y) / 2);
    zoomBy(distance(now, other) / Math.max(1, distance(before, other)), fromMiddle(middle));
  });
  for (const type of ['pointerup', 'pointercancel'] as const) on(type, ({ pointerId }) => down.delete(pointerId));
  on('pointerleave', () => (pointed.value = null));
  on('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1);
    // A pinch on a touchpad comes as a wheel with ctrl, in smaller steps.
    zoomBy(Math.exp(-pixels * WHEEL * (event.ctrlKey ? 6 : 1)), fromMiddle(placeOf(event)));
  });
  on('dblclick', (event) => zoomBy(2, fromMiddle(placeOf(event))));
  return () => ends.abort();
}

function placeOf({ offsetX: x, offsetY: y }: MouseEvent): Place {
  return { x, y };
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** From the middle of the pane in which `place` of the canvas lies. */
function fromMiddle({ x, y }: Place): Place {
  const panes = panesOf({ layout: layout.value }, stage.value);
  const pane = panes.findLast((each) => x >= each.x) ?? panes[0];
  const { width, height } = paneSize();
  return { x: x - pane.x - width / 2, y: y - height / 2 };
}

function point(place: Place): void {
  const at = fromMiddle(place);
  const [, height, width] = stack.value?.shape ?? [0, 0, 0];
  const [x, y] = [camera.value.x + at.x / camera.value.zoom, camera.value.y + at.y / camera.value.zoom].map(
    Math.floor,
  ) as [number, number];
  pointed.value = x >= 0 && y >= 0 && x < width && y < height ? { x, y } : null;
}
