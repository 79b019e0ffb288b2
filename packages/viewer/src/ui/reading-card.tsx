import { TYPED_PIXEL_SIZES } from '@dilated-unet/core';
import { PRECISIONS, type FormFacts } from '@dilated-unet/model-package';
import { readGreyValues } from '../actions/grey-values.ts';
import { chooseDevice, choosePrecision, chooseTile } from '../actions/models.ts';
import { sayModelPixelSize } from '../actions/pixel-size.ts';
import * as state from '../state.ts';
import { Card, Choice, Fact, NumberField, NumberRow } from './controls.tsx';

const TILES = [256, 512, 1024, 2048];

/** How much the forms change that are not exact, where the package states it; null where it does not. */
function changeText(forms: readonly FormFacts[]): string | null {
  const changes = forms.flatMap(({ precision, deviation }) =>
    deviation === null || precision === 'fp32'
      ? []
      : [`${precision} ${Number((100 * deviation.classChanged).toPrecision(1))}\u00a0%`],
  );
  return changes.length === 0 ? null : `Pixels that change class: ${changes.join(', ')}`;
}

/** What the model reads, and where it runs. */
export function ReadingCard() {
  const { normalise, black, white, invert, device, precision, tile, loaded, saidModelPixelSize } = state;
  const hasRange = normalise.value === 'model';
  const forms = loaded.value?.model.forms ?? [];
  const changes = changeText(forms);
  return (
    <Card title="How the model reads and runs">
      <Choice
        label="Normalise by"
        value={normalise.value}
        options={[
          { value: 'model', text: 'training' },
          { value: 'section', text: 'section' },
          { value: 'stack', text: 'stack' },
        ]}
        onChoose={(value) => readGreyValues({ normalise: value })}
      />
      <div class="row">
        <span>Black and white</span>
        <span class="pair">
          <NumberField
            label="Black and white"
            value={black.value}
            placeholder="as is"
            disabled={!hasRange}
            onEnter={(value) => readGreyValues({ black: value })}
          />
          <NumberField
            label="White"
            value={white.value}
            placeholder="as is"
            disabled={!hasRange}
            onEnter={(value) => readGreyValues({ white: value })}
          />
        </span>
      </div>
      <label class="row">
        Invert
        <input
          type="checkbox"
          checked={invert.value}
          onChange={({ currentTarget }) => {
            readGreyValues({ invert: currentTarget.checked });
            // It may be refused.
            currentTarget.checked = invert.value;
          }}
        />
      </label>
      {loaded.value?.model.pixelSize === null && (
        <NumberRow
          label="Pixel size of the model (nm)"
          value={saidModelPixelSize.value}
          placeholder="unknown"
          min={TYPED_PIXEL_SIZES.least}
          max={TYPED_PIXEL_SIZES.most}
          onEnter={sayModelPixelSize}
        />
      )}
      <Choice
        label="Device"
        value={device.value}
        options={(['auto', 'webgpu', 'wasm'] as const).map((value) => ({ value, text: value }))}
        onChoose={chooseDevice}
      />
      <Choice
        label="Precision"
        value={precision.value}
        options={[
          { value: 'auto', text: 'auto' },
          ...PRECISIONS.map((value) => ({
            value,
            text: value,
            disabled: !forms.some(({ precision }) => precision === value),
          })),
        ]}
        onChoose={choosePrecision}
      />
      {changes !== null && <p class="note">{changes}</p>}
      <Choice
        label="Largest tile"
        value={tile.value === null ? '' : String(tile.value)}
        options={[{ value: '', text: 'auto' }, ...TILES.map((side) => ({ value: String(side), text: `${side} px` }))]}
        onChoose={(value) => chooseTile(value === '' ? null : Number(value))}
      />
      <RunsOn />
    </Card>
  );
}

/** Which model runs on what, and how fast. */
function RunsOn() {
  const { loaded, progress, lastRun } = state;
  if (loaded.value === null) return null;
  const { device, precision, adapter, fallbackReason, model } = loaded.value;
  const gpu = adapter === null ? '' : ` (${[adapter.vendor, adapter.architecture].filter(Boolean).join(' ')})`;
  const pace = (progress.value ?? lastRun.value)?.megapixelsPerSecond ?? null;
  return (
    <>
      <dl class="facts">
        <Fact name="Model" value={model.name} />
        <Fact name="Running on" value={`${device}${gpu}, ${precision}`} />
        <Fact name="Speed" value={pace === null ? '' : `${pace.toPrecision(pace < 0.1 ? 1 : 2)} Mpx/s`} />
      </dl>
      {fallbackReason !== null && <p class="note">{fallbackReason}</p>}
    </>
  );
}
