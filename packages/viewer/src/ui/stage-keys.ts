import { cancel, segment } from '../actions/segment.ts';
import { goToSection, pan, showWhole, zoomBy, zoomTo } from '../actions/view.ts';
import { hidesResult, isRunning, z } from '../state.ts';

/** CSS pixels of a step. */
const STEP = 80;
const ZOOM_STEP = 1.4;

const KEYS: Readonly<Record<string, () => unknown>> = {
  ArrowLeft: () => pan(-STEP, 0),
  ArrowRight: () => pan(STEP, 0),
  ArrowUp: () => pan(0, -STEP),
  ArrowDown: () => pan(0, STEP),
  '+': () => zoomBy(ZOOM_STEP),
  '=': () => zoomBy(ZOOM_STEP),
  '-': () => zoomBy(1 / ZOOM_STEP),
  '0': showWhole,
  '1': () => zoomTo(1),
  PageUp: () => goToSection(z.value - 1),
  PageDown: () => goToSection(z.value + 1),
  // As the button: what runs is not begun again.
  s: () => isRunning.value || void segment(),
  Escape: cancel,
};

/** Lets keys move and zoom while `canvas` has the focus. */
export function followKeys(canvas: HTMLCanvasElement): void {
  canvas.addEventListener('keydown', handleKey);
  canvas.addEventListener('keyup', handleKey);
  // A key that is let go elsewhere is not told of.
  canvas.addEventListener('blur', () => (hidesResult.value = false));
}

function handleKey(event: KeyboardEvent): void {
  if (event.key === ' ') {
    hidesResult.value = event.type === 'keydown';
    event.preventDefault();
    return;
  }
  const act = KEYS[event.key];
  if (event.type !== 'keydown' || act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}
