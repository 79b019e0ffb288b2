import { useEffect, useRef } from 'preact/hooks';
import { startPainting } from '../actions/paint.ts';
import { resizing } from '../actions/view.ts';
import * as state from '../state.ts';
import { Legend } from './legend.tsx';
import { Minimap } from './minimap.tsx';
import { ScaleBar } from './scale-bar.tsx';
import { SectionSlider } from './section-slider.tsx';
import { followKeys } from './stage-keys.ts';
import { followPointer } from './stage-pointer.ts';
import { SwipeHandle } from './swipe-handle.tsx';
import { ZoomButtons } from './zoom-buttons.tsx';

/** Where the image is shown, with what lies over it. */
export function Stage() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => (canvas.current === null ? undefined : connect(canvas.current)), []);
  const { stack, layout } = state;
  const isEmpty = stack.value === null;
  return (
    <section class={`stage ${layout.value}`} aria-label="Image">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-roledescription="image view"
        aria-label={`${stack.value?.name ?? 'No image'}. Arrow keys move the view, plus and minus zoom, 0 shows the whole section, page up and page down change the section.`}
      />
      {isEmpty && <p class="empty">Drop an image here: a TIFF stack, a PNG, or a folder of sections.</p>}
      {!isEmpty && (
        <>
          <SwipeHandle />
          <Legend />
          <ZoomButtons />
          <ScaleBar />
          <Minimap />
          <SectionSlider />
        </>
      )}
    </section>
  );
}

/** Draws on `canvas` what the state says, and takes its pointers and keys. @returns what ends it. */
function connect(canvas: HTMLCanvasElement): () => void {
  const observer = new ResizeObserver(() => {
    resizing(() => (state.stage.value = { width: canvas.clientWidth, height: canvas.clientHeight }));
  });
  observer.observe(canvas);
  const ends = [startPainting(canvas), followPointer(canvas), () => observer.disconnect()];
  followKeys(canvas);
  return () => {
    for (const end of ends) end();
  };
}
