import cliProgress from 'cli-progress';
import type { StackProgress } from '../segment-stack.ts';

/** Shows how far a run over a stack is. */
export interface ProgressView {
  update(progress: StackProgress): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line whenever another twentieth is done. Both go to stderr. */
export function progressView(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): ProgressView {
  return stream.isTTY ? bar(stream) : lines(stream, now);
}

function bar(stream: NodeJS.WriteStream): ProgressView {
  const view = new cliProgress.SingleBar({
    stream,
    format: 'segmenting [{bar}] {percentage}% | section {section}/{sections} | tile {value}/{total} | {left} left',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    gracefulExit: false,
  });
  const begin = performance.now();
  let started = false;
  return {
    update({ section, sections, done, total }) {
      const left = timeLeft(performance.now() - begin, done, total);
      const fields = { section: section + 1, sections, left };
      if (started) view.update(done, fields);
      else view.start(total, done, fields);
      started = true;
    },
    stop: () => view.stop(),
  };
}

function lines(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const begin = now();
  let shown = 0;
  return {
    update({ section, sections, done, total }) {
      const twentieths = Math.floor((20 * done) / total);
      if (twentieths === shown) return;
      shown = twentieths;
      const left = timeLeft(now() - begin, done, total);
      stream.write(`section ${section + 1}/${sections}, tile ${done}/${total}, ${left} left\n`);
    },
    stop: () => undefined,
  };
}

/** Time that the rest takes if it goes on as so far, for example `2 min 05 s`. */
function timeLeft(elapsed: number, done: number, total: number): string {
  return duration((elapsed / done) * (total - done));
}

/** `milliseconds` for people. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
}
