import { chooseSelection } from '../actions/open.ts';
import * as state from '../state.ts';
import { Card, NumberField } from './controls.tsx';

const PLANES = [
  ['image', 'Image of the file'],
  ['channel', 'Channel'],
  ['time', 'Time'],
] as const;

/** What is open, and which of its channels and times. */
export function ImageCard() {
  const { stack, nanometres, notes } = state;
  if (stack.value === null) return null;
  const { name, shape, dtype, selection, isBundled } = stack.value;
  const [depth, height, width] = shape;
  return (
    <Card title="Image">
      <p class="value">{name}</p>
      <p class="note">
        {width} × {height} px{depth > 1 ? `, ${depth} sections` : ''}, {dtype}
      </p>
      {isBundled && <p class="note">A phantom of neural tissue, made by this project: free to use.</p>}
      <div class="row">
        <span>Nanometres of a pixel</span>
        <NumberField
          label="Nanometres of a pixel"
          value={nanometres.value}
          placeholder="unknown"
          min={0}
          onEnter={(value) => (nanometres.value = value !== null && value > 0 ? value : null)}
        />
      </div>
      <details>
        <summary>Channel and time</summary>
        {PLANES.map(([plane, label]) => (
          <div class="row" key={plane}>
            <span>{label}</span>
            <NumberField
              label={label}
              value={selection[plane] ?? null}
              placeholder="the only one"
              min={1}
              onEnter={(value) => void chooseSelection({ ...selection, [plane]: value ?? undefined })}
            />
          </div>
        ))}
      </details>
      {notes.value.length > 0 && (
        <ul class="note">
          {notes.value.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}
