import type { ComponentChildren } from 'preact';
import { cancel, segment, segmentAll } from '../actions/segment.ts';
import { pixelNote } from '../actions/tell.ts';
import * as state from '../state.ts';
import { Card, Fact } from './controls.tsx';
import { ModelChoice, ModelTerms } from './model-choice.tsx';

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
        <RunButton class="primary" isOff={!canRun || isRunning.value} onPress={() => void segment()}>
          Segment
        </RunButton>
        {depth > 1 && (
          <RunButton isOff={!canRun || isRunning.value || finished === depth} onPress={() => void segmentAll()}>
            All {depth} sections
          </RunButton>
        )}
        <RunButton isOff={!isRunning.value} onPress={cancel}>
          Cancel
        </RunButton>
      </div>
      <RunProgress />
      <div class="run-state">
        <p class="status" role="status">
          {status.value}
        </p>
        <RunPace />
      </div>
      <PixelNote />
      <ModelTerms />
    </Card>
  );
}

interface RunButtonProps {
  readonly class?: string;
  readonly isOff: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}

/** A button that is off once it is pressed, and keeps the focus: one that is disabled would lose it. */
function RunButton({ isOff, onPress, children, ...rest }: RunButtonProps) {
  return (
    <button type="button" {...rest} aria-disabled={isOff} onClick={() => isOff || onPress()}>
      {children}
    </button>
  );
}

function RunProgress() {
  const { progress, result } = state;
  const share = progress.value === null ? (result.value?.isWhole === true ? 1 : 0) : progress.value.share;
  return <progress aria-label="Progress" max={1} {...(share !== null && { value: share })} />;
}

/** How far the run is, and how long it takes yet, or took. */
function RunPace() {
  const { progress, lastRun } = state;
  const tiles = (progress.value ?? lastRun.value)?.tiles ?? '';
  const left = progress.value?.secondsLeft ?? null;
  const took = progress.value === null ? (lastRun.value?.seconds ?? null) : null;
  return (
    <dl class="pace">
      <Fact name="Tiles" value={tiles} />
      <Fact name="Time left" value={left === null ? '' : duration(left)} />
      <Fact name="Time" value={took === null ? '' : duration(took)} />
    </dl>
  );
}

/** How sections are brought to the pixels of the model. */
function PixelNote() {
  const { progress, lastRun, pixelDecision } = state;
  const text = progress.value === null && lastRun.value === null ? null : pixelNote(pixelDecision.value);
  return text !== null && <p class="note">{text}</p>;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}
