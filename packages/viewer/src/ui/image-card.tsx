import { pixelText, TYPED_PIXEL_SIZES } from '@dilated-unet/core';
import { chooseSelection } from '../actions/open.ts';
import { sayPixelSize } from '../actions/pixel-size.ts';
import * as state from '../state.ts';
import { Card, NumberRow } from './controls.tsx';

const PLANES = [
  ['image', 'Image of the file'],
  ['channel', 'Channel'],
  ['time', 'Time'],
] as const;

/** What is open, and which of its channels and times. */
export function ImageCard() {
  const { stack, saidPixelSize, notes } = state;
  if (stack.value === null) return null;
  const { name, shape, dtype, pixelSize, selection, isBundled } = stack.value;
  const [depth, height, width] = shape;
  return (
    <Card title="Image">
      <p class="value">{name}</p>
      <p class="note">
        {width} × {height} px{pixelSize !== null && ` of ${pixelText(pixelSize)}`}
        {depth > 1 ? `, ${depth} sections` : ''}, {dtype}
      </p>
      {isBundled && <p class="note">A phantom of neural tissue, made by this project: free to use.</p>}
      <NumberRow
        label="Pixel size (nm)"
        value={saidPixelSize.value}
        placeholder={pixelSize === null ? 'unknown' : 'as stated'}
        min={TYPED_PIXEL_SIZES.least}
        max={TYPED_PIXEL_SIZES.most}
        onEnter={sayPixelSize}
      />
      <details>
        <summary>Channel and time</summary>
        {PLANES.map(([plane, label]) => (
          <NumberRow
            key={plane}
            label={label}
            value={selection[plane] ?? null}
            placeholder="only one"
            min={1}
            onEnter={(value) => void chooseSelection({ ...selection, [plane]: value ?? undefined })}
          />
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
