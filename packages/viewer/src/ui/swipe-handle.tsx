import { layout, stage, swipe } from '../state.ts';

/** Share of the width that a key moves. */
const STEP = 0.02;

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -STEP,
  ArrowRight: STEP,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: -1,
  End: 1,
};

/** The line between the image alone and the result over it. */
export function SwipeHandle() {
  if (layout.value !== 'swipe') return null;
  const move = (to: number): void => void (swipe.value = Math.min(1, Math.max(0, to)));
  return (
    <div
      class="swipe-handle"
      role="slider"
      tabIndex={0}
      aria-label="Where the result begins"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * swipe.value)}
      aria-valuetext={`${Math.round(100 * swipe.value)} percent of the width`}
      style={{ left: `${100 * swipe.value}%` }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const box = event.currentTarget.parentElement?.getBoundingClientRect();
        if (event.buttons === 1 && box !== undefined) move((event.clientX - box.left) / stage.value.width);
      }}
      onKeyDown={(event) => {
        const step = STEPS[event.key];
        if (step === undefined) return;
        event.preventDefault();
        move(swipe.value + step);
      }}
    >
      <i />
    </div>
  );
}
