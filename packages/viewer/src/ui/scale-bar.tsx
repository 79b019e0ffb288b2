import { camera, pixelSize } from '../state.ts';
import { scaleBar } from '../view/scale-bar.ts';

/** How long a piece of the section is. */
export function ScaleBar() {
  const { pixels, text } = scaleBar(camera.value.zoom, pixelSize.value?.x ?? null);
  return (
    <div class="scale-bar" role="img" aria-label={`Scale bar of ${text}`}>
      <span>{text}</span>
      <i style={{ width: `${pixels}px` }} />
    </div>
  );
}
