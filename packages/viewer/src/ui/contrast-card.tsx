import { stretchContrast } from '../actions/view.ts';
import * as state from '../state.ts';
import { Card } from './controls.tsx';
import { HistogramChart } from './histogram-chart.tsx';

/** Which grey values are shown as black and white. Only the picture changes, not what the model reads. */
export function ContrastCard() {
  const { contrast, shownContrast, histogram, stack } = state;
  const [black, white] = shownContrast.value;
  const isByte = stack.value?.dtype === 'uint8';
  const [low, high] = isByte ? [0, 255] : [histogram.value?.lowest ?? 0, histogram.value?.highest ?? 1];
  const step = stack.value?.dtype === 'float32' ? (high - low) / 500 || 0.001 : 1;
  const set = (change: readonly [number, number]): void => {
    if (change[1] > change[0]) contrast.value = change;
  };
  const range = (label: string, value: number, onSet: (value: number) => void) => (
    <input
      type="range"
      aria-label={label}
      {...{ min: low, max: high, step, value }}
      disabled={stack.value === null}
      onInput={({ currentTarget }) => onSet(currentTarget.valueAsNumber)}
    />
  );
  return (
    <Card title="Contrast">
      <HistogramChart low={low} high={high} />
      <div class="contrast-sliders">
        {range('Grey value shown as black', black, (value) => set([value, white]))}
        {range('Grey value shown as white', white, (value) => set([black, value]))}
      </div>
      <div class="row">
        <span class="figure">
          {figure(black)} to {figure(white)}
        </span>
        <span class="actions">
          <button type="button" disabled={histogram.value === null} onClick={stretchContrast}>
            Stretch
          </button>
          <button type="button" disabled={contrast.value === null} onClick={() => (contrast.value = null)}>
            Reset
          </button>
        </span>
      </div>
    </Card>
  );
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
