import { cancel, segment, segmentAll } from '../actions/segment.ts';
import { pixelNote } from '../actions/tell.ts';
import * as state from '../state.ts';
import { Card } from './controls.tsx';
import { ModelChoice, ModelFacts } from './model-choice.tsx';

/** The model, what runs it, and how far it is. */
export function SegmentCard() {
  const { stack, model, isRunning, status, results } = state;
  const depth = stack.value?.shape[0] ?? 1;
  const canRun = stack.value !== null && model.value !== null;
  const finished = [...results.value.values()].filter(({ isWhole }) => isWhole).length;
  return (
    <Card title="Segment">
      <ModelChoice />
      <div class="actions run">
        <button type="button" class="primary" disabled={!canRun || isRunning.value} onClick={() => void segment()}>
          Segment
        </button>
        {depth > 1 && (
          <button
            type="button"
            disabled={!canRun || isRunning.value || finished === depth}
            onClick={() => void segmentAll()}
          >
            All {depth} sections
          </button>
        )}
        <button type="button" disabled={!isRunning.value} onClick={cancel}>
          Cancel
        </button>
      </div>
      <RunProgress />
      <p class="status" role="status">
        {status.value}
      </p>
      <Facts />
      <ModelFacts />
    </Card>
  );
}

function RunProgress() {
  const { progress, result } = state;
  const share = progress.value === null ? (result.value?.isWhole === true ? 1 : 0) : progress.value.share;
  return <progress aria-label="Progress" max={1} {...(share !== null && { value: share })} />;
}

/** What runs, and how fast. */
function Facts() {
  const { loaded, progress, lastRun, pixelDecision } = state;
  const facts = loaded.value;
  if (facts === null) return null;
  const { device, precision, adapter, fallbackReason } = facts;
  const gpu = adapter === null ? '' : ` (${[adapter.vendor, adapter.architecture].filter(Boolean).join(' ')})`;
  const run = progress.value ?? lastRun.value;
  const pace = run?.megapixelsPerSecond ?? null;
  const left = progress.value?.secondsLeft ?? null;
  const pixels = run === null ? null : pixelNote(pixelDecision.value);
  return (
    <>
      <dl class="facts">
        <Fact name="Running on" value={`${device}${gpu}, ${precision}`} />
        <Fact name="Tiles" value={run?.tiles ?? ''} />
        <Fact name="Speed" value={pace === null ? '' : `${speed(pace)} Mpx/s`} />
        <Fact name="Time left" value={left === null ? '' : duration(left)} />
        <Fact name="Time" value={run === null || !('seconds' in run) ? '' : duration(run.seconds)} />
      </dl>
      {pixels !== null && <p class="note">{pixels}</p>}
      {fallbackReason !== null && <p class="note">Not on WebGPU: {fallbackReason}</p>}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  if (value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function speed(megapixels: number): string {
  return megapixels.toPrecision(megapixels < 0.1 ? 1 : 2);
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}
