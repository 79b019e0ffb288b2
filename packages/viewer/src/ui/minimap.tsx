import { imageSize, lookAt, minimapPane, paneSize } from '../actions/view.ts';
import { camera } from '../state.ts';
import { visible } from '../view/camera.ts';

/** A frame around the small section, and in it the part that is in view: a press moves there. */
export function Minimap() {
  const pane = minimapPane.value;
  if (pane === null) return null;
  const { width } = imageSize();
  const scale = pane.width / width;
  const part = visible(camera.value, paneSize());
  const go = (event: PointerEvent): void => {
    if (event.buttons === 1) lookAt(event.offsetX / scale, event.offsetY / scale);
  };
  const [left, top] = [Math.max(0, part.x * scale), Math.max(0, part.y * scale)];
  return (
    <div
      class="minimap"
      aria-hidden="true"
      style={{ left: `${pane.x}px`, top: `${pane.y}px`, width: `${pane.width}px`, height: `${pane.height}px` }}
      onPointerDown={go}
      onPointerMove={go}
    >
      <div
        style={{
          left: `${left}px`,
          top: `${top}px`,
          width: `${Math.min(pane.width, (part.x + part.width) * scale) - left}px`,
          height: `${Math.min(pane.height, (part.y + part.height) * scale) - top}px`,
        }}
      />
    </div>
  );
}
