import { camera, pixelSize, stack, z } from '../state.ts';
import { lengthText } from '../view/scale-bar.ts';
import { pointed } from './stage-pointer.ts';

/** Where one is: section, pixel and zoom. */
export function StatusBar() {
  if (stack.value === null) return null;
  const at = pointed.value;
  const [depth] = stack.value.shape;
  const size = pixelSize.value;
  return (
    <footer class="status-bar">
      <span>{Math.round(100 * camera.value.zoom)} %</span>
      {depth > 1 && (
        <span>
          section {z.value + 1} of {depth}
        </span>
      )}
      <span>
        {at === null ? '' : `x ${at.x}, y ${at.y}`}
        {at !== null && size !== null ? ` (${lengthText(at.x * size.x)}, ${lengthText(at.y * size.y)})` : ''}
      </span>
    </footer>
  );
}
