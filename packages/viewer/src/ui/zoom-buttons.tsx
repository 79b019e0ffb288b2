import { showWhole, zoomBy } from '../actions/view.ts';
import { Icon } from './icons.tsx';

/** Zooms where there is neither a wheel nor a keyboard. */
export function ZoomButtons() {
  return (
    <div class="zoom-buttons" role="group" aria-label="Zoom">
      <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoomBy(1.5)}>
        <Icon name="plus" />
      </button>
      <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => zoomBy(1 / 1.5)}>
        <Icon name="minus" />
      </button>
      <button type="button" aria-label="Show the whole section" title="Show the whole section (0)" onClick={showWhole}>
        <Icon name="whole" />
      </button>
    </div>
  );
}
