import { histogram, shownContrast } from '../state.ts';

const [WIDTH, HEIGHT] = [256, 56];

/** How often the grey values of the section occur, from `low` to `high`; what is clipped is faint. */
export function HistogramChart({ low, high }: { readonly low: number; readonly high: number }) {
  const { counts = [], lowest = low, highest = high } = histogram.value ?? {};
  const [black, white] = shownContrast.value;
  const place = (value: number): number => ((value - low) / (high - low || 1)) * WIDTH;
  // By the root, so that rare values are seen beside frequent ones.
  const most = Math.sqrt(Math.max(1, ...counts));
  const bin = (highest - lowest) / Math.max(1, counts.length);
  const points = counts.map((count, i) => {
    const top = HEIGHT - (Math.sqrt(count) / most) * HEIGHT;
    return `L${place(lowest + i * bin).toFixed(1)},${top.toFixed(1)}L${place(lowest + (i + 1) * bin).toFixed(1)},${top.toFixed(1)}`;
  });
  const shape = `M${place(lowest).toFixed(1)},${HEIGHT}${points.join('')}L${place(highest).toFixed(1)},${HEIGHT}Z`;
  return (
    <svg
      class="histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Grey values from ${lowest} to ${highest}`}
    >
      {counts.length > 0 && <path d={shape} />}
      <rect x={0} width={Math.max(0, place(black))} y={0} height={HEIGHT} />
      <rect x={place(white)} width={Math.max(0, WIDTH - place(white))} y={0} height={HEIGHT} />
    </svg>
  );
}
