import { chooseLayout } from '../actions/view.ts';
import * as state from '../state.ts';
import type { Shown } from '../view/scene.ts';
import { Card, Segments, Slider } from './controls.tsx';

const LAYOUTS = [
  { value: 'over', text: 'Over' },
  { value: 'side', text: 'Beside' },
  { value: 'swipe', text: 'Swipe' },
] as const;

/** How the result is shown; nothing here runs the model again. */
export function DisplayCard() {
  const { show, layout, opacity, threshold, minSize, labels } = state;
  const shown: readonly { value: Shown | 'nothing'; text: string; disabled?: boolean }[] = [
    { value: 'membrane', text: 'Membrane' },
    { value: 'interior', text: 'Interior' },
    { value: 'cells', text: 'Cells' },
    { value: 'probability', text: 'Probability' },
    { value: 'errors', text: 'Errors', disabled: labels.value === null },
    { value: 'nothing', text: 'Nothing' },
  ];
  return (
    <Card title="Show">
      <Segments label="Result" value={show.value} options={shown} onChoose={(value) => (show.value = value)} />
      <Segments label="Layout" value={layout.value} options={LAYOUTS} onChoose={chooseLayout} />
      <Slider
        label="Opacity"
        value={opacity}
        min={0}
        max={1}
        step={0.01}
        text={`${Math.round(100 * opacity.value)} %`}
        disabled={show.value === 'nothing'}
      />
      <Slider
        label="Interior threshold"
        value={threshold}
        min={0.01}
        max={0.99}
        step={0.01}
        text={threshold.value.toFixed(2)}
      />
      <Slider
        label="Smallest cell"
        value={minSize}
        min={0}
        max={2000}
        step={10}
        text={`${minSize.value} px`}
        disabled={show.value !== 'cells'}
      />
    </Card>
  );
}
