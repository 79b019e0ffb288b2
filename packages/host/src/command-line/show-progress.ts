import cliProgress, { type SingleBar } from 'cli-progress';
import type { Progress } from './progress.ts';

/** Where progress is drawn: `process.stderr`, as a rule. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** Ends the phase at hand. */
  readonly finish: () => void;
}

/** How often a phase that goes on tells so where there is no terminal, milliseconds. */
const HEARTBEAT = 10_000;

/** Draws phases with their elapsed time: one moving line each on a terminal, plain lines elsewhere. */
export function progressDisplay(stream: ProgressStream): ProgressDisplay {
  return stream.isTTY === true ? bars(stream) : plainLines(stream);
}

function bars(stream: ProgressStream): ProgressDisplay {
  let bar: SingleBar | undefined;
  let phase = '';
  const finish = () => {
    bar?.stop();
    bar = undefined;
  };
  const show = (progress: Progress) => {
    if (bar === undefined || progress.phase !== phase) {
      finish();
      phase = progress.phase;
      const counted = progress.total !== undefined;
      bar = new cliProgress.SingleBar({
        stream,
        format: counted ? '{phase} [{bar}] {duration_formatted} {detail}' : '{phase} {duration_formatted} {detail}',
        barsize: 24,
        hideCursor: true,
        fps: 5,
        noTTYOutput: false,
        // Redraws between events, so that the time moves while a program says nothing.
        forceRedraw: true,
        autopadding: false,
      });
      bar.start(progress.total ?? 1, 0, { phase, detail: '' });
    }
    bar.update(progress.done ?? 0, { detail: progress.detail ?? '' });
  };
  return { show, finish };
}

function plainLines(stream: ProgressStream): ProgressDisplay {
  let phase = '';
  let detail: string | undefined;
  let began = 0;
  let timer: NodeJS.Timeout | undefined;
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;
  const finish = () => {
    clearInterval(timer);
    if (phase !== '' && Date.now() - began >= 2000) stream.write(`${phase}: done in ${seconds()}\n`);
    phase = '';
  };
  const show = (progress: Progress) => {
    detail = progress.detail;
    if (progress.phase === phase) return;
    finish();
    phase = progress.phase;
    began = Date.now();
    stream.write(`${phase} ...\n`);
    timer = setInterval(() => {
      stream.write(`${phase}: ${seconds()}${detail === undefined ? '' : `, ${detail}`}\n`);
    }, HEARTBEAT);
    timer.unref();
  };
  return { show, finish };
}
