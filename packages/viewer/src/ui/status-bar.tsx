import { camera, pixelSize, pointed, pointedValues, stack, z } from '../state.ts';
import { lengthText } from '../view/scale-bar.ts';

/** Where one is: section, pixel and zoom, and what is there. */
export function StatusBar() {
  if (stack.value === null) return null;
  const at = pointed.value;
  const [depth] = stack.value.shape;
  const size = pixelSize.value;
  const values = pointedValues.value?.at === at ? pointedValues.value : null;
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
      {values !== null && (
        <>
          <span>grey value {Number(values.grey.toPrecision(6))}</span>
          {values.interior !== null && <span>interior {values.interior.toFixed(3)}</span>}
        </>
      )}
    </footer>
  );
}
