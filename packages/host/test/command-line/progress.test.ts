import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressDisplay, type ProgressStream } from '../../src/command-line/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A stream that keeps what is written. */
function stream(isTTY: boolean): { stream: ProgressStream; text: () => string } {
  const sink = new PassThrough();
  let text = '';
  sink.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // What cli-progress asks of a terminal.
  const terminal = { isTTY, columns: 120, clearLine: () => true, cursorTo: () => true, moveCursor: () => true };
  return { stream: Object.assign(sink, terminal), text: () => text };
}

test('without a terminal: a line at the start and end of a phase, and one every 10 s between', () => {
  const { stream: out, text } = stream(false);
  const display = progressDisplay(out);
  display.show({ phase: 'installing' });
  vi.advanceTimersByTime(4000);
  display.show({ phase: 'installing', detail: 'numpy', done: 1, total: 2 });
  vi.advanceTimersByTime(7000);
  display.show({ phase: 'looking' });
  vi.advanceTimersByTime(500);
  display.finish();
  vi.advanceTimersByTime(60_000);
  expect(text().split('\n')).toEqual([
    'installing ...',
    'installing: 10 s, numpy',
    'installing: done in 11 s',
    'looking ...',
    '',
  ]);
});

test('without a terminal, a phase that failed or was stopped does not say that it is done', () => {
  const { stream: out, text } = stream(false);
  const display = progressDisplay(out);
  display.show({ phase: 'installing' });
  vi.advanceTimersByTime(11_000);
  display.abandon();
  vi.advanceTimersByTime(60_000);
  expect(text()).toBe('installing ...\ninstalling: 10 s\n');
});

test('on a terminal: one moving line a phase, with what is at hand and the time', () => {
  const { stream: out, text } = stream(true);
  const display = progressDisplay(out);
  display.show({ phase: 'installing', detail: 'numpy', done: 1, total: 2 });
  vi.advanceTimersByTime(3000);
  display.show({ phase: 'compiling' });
  vi.advanceTimersByTime(1000);
  display.finish();
  expect(text()).toMatch(/installing \[=+-+\] 3s numpy/);
  expect(text()).toMatch(/compiling 1s/);
});

test('on a terminal a phase that comes to know its parts goes on with a bar', () => {
  const { stream: out, text } = stream(true);
  const display = progressDisplay(out);
  display.show({ phase: 'segmenting', detail: 'section 1/1' });
  vi.advanceTimersByTime(2000);
  expect(text()).toMatch(/segmenting 2s section 1\/1/);
  expect(text()).not.toContain('segmenting [');
  display.show({ phase: 'segmenting', detail: 'tile 1/4', done: 1, total: 4 });
  vi.advanceTimersByTime(1000);
  display.finish();
  expect(text()).toMatch(/segmenting \[={6}-{18}\] 3s tile 1\/4/);
});

test('the time left is judged by all that passed since the first progress, and by what was done in it', () => {
  const { stream: out, text } = stream(false);
  const display = progressDisplay(out);
  const training = (done: number) => display.show({ phase: 'training', detail: `step ${done}`, done, total: 100 });
  // A resumed run: the steps before are not its own.
  training(51);
  vi.advanceTimersByTime(2000);
  training(53);
  vi.advanceTimersByTime(8000);
  // Eight seconds of evaluation count; a note between does not end the phase.
  display.pause();
  training(54);
  vi.advanceTimersByTime(10_000);
  display.finish();
  expect(text().split('\n')).toEqual([
    'training: step 51 ...',
    'training: 10 s, step 53, 47 s left',
    'training: 20 s, step 54, 2 min 33 s left',
    'training: done in 20 s',
    '',
  ]);
});

test('on a terminal a note stands above the bar, which goes on', () => {
  const { stream: out, text } = stream(true);
  const display = progressDisplay(out);
  display.show({ phase: 'training', done: 1, total: 3 });
  vi.advanceTimersByTime(1000);
  display.pause();
  out.write('a note\n');
  display.show({ phase: 'training', done: 2, total: 3 });
  vi.advanceTimersByTime(1000);
  display.finish();
  expect(text()).toMatch(
    /training \[=+-+\] 1s [^]*\na note\n[^]*training \[=+-+\] 1s 1 s left[^]*training \[=+-+\] 2s 1 s left/,
  );
});
