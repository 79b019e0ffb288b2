import cliProgress, { type SingleBar } from 'cli-progress';
import { durationText } from './text.ts';

/** What a program does at present. */
export interface Progress {
  /** For example `installing TensorFlow 2.21.0`. A new phase ends the one before. */
  readonly phase: string;
  /** What is at hand within the phase. */
  readonly detail?: string;
  /** Parts done and in all, where the phase has countable parts. */
  readonly done?: number;
  readonly total?: number;
}

export type OnProgress = (progress: Progress) => void;

/** Where progress is drawn: `process.stderr`, as a rule. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface ProgressDisplay {
  readonly show: OnProgress;
  /** Makes room for a line of text; the phase at hand goes on. */
  readonly pause: () => void;
  /** Ends the phase at hand. */
  readonly finish: () => void;
  /** Ends the phase at hand, which failed or was stopped. */
  readonly abandon: () => void;
}

/** How one phase is drawn. */
interface PhaseView {
  /** @param text detail and time left. */
  update(progress: Progress, text: string): void;
  pause(): void;
  end(isDone: boolean): void;
}

/** How often a phase that goes on tells so where there is no terminal, milliseconds. */
const HEARTBEAT = 10_000;

/**
 * Draws phases with their elapsed time and, where their parts are counted, the time left: one moving line each on a
 * terminal, plain lines at the start, every ten seconds and at the end elsewhere.
 */
export function progressDisplay(stream: ProgressStream): ProgressDisplay {
  let current: { readonly phase: string; readonly view: PhaseView; readonly left: TimeLeft } | undefined;
  const end = (isDone: boolean) => {
    current?.view.end(isDone);
    current = undefined;
  };
  const show = (progress: Progress) => {
    const { phase, detail } = progress;
    if (current?.phase !== phase) {
      end(true);
      const view = stream.isTTY === true ? bar(stream) : plainLines(stream, phase);
      current = { phase, view, left: timeLeft() };
    }
    const texts = [detail, current.left(progress)];
    current.view.update(progress, texts.filter((text) => text !== undefined).join(', '));
  };
  return { show, pause: () => current?.view.pause(), finish: () => end(true), abandon: () => end(false) };
}

type TimeLeft = (progress: Progress) => string | undefined;

/**
 * Tells the time that the rest of a phase takes if it goes on as since its first progress: what came before that was done
 * by an earlier run, or is not like the rest.
 */
function timeLeft(): TimeLeft {
  let first: { readonly done: number; readonly at: number } | undefined;
  return ({ done, total }) => {
    if (done === undefined || total === undefined) return undefined;
    const at = Date.now();
    first ??= { done, at };
    const since = done - first.done;
    return since > 0 ? `${durationText(((at - first.at) / 1000 / since) * (total - done))} left` : undefined;
  };
}

function bar(stream: ProgressStream): PhaseView {
  // A phase may come to know its parts after it began.
  let isCounted = false;
  const began = Date.now();
  const view: SingleBar = new cliProgress.SingleBar({
    stream,
    format: '{phase}{bar} {duration_formatted} {text}',
    formatBar: (share, options) => (isCounted ? ` [${cliProgress.Format.BarFormat(share, options)}]` : ''),
    // A bar that was paused counts from where it goes on.
    formatTime: (_, options, step) =>
      cliProgress.Format.TimeFormat(Math.round((Date.now() - began) / 1000), options, step),
    barsize: 24,
    hideCursor: true,
    fps: 5,
    noTTYOutput: false,
    // Redraws between events, so that the time moves while a program says nothing.
    forceRedraw: true,
    autopadding: false,
    gracefulExit: false,
  });
  const stop = () => view.stop();
  return {
    update: ({ phase, done = 0, total }, text) => {
      isCounted = total !== undefined;
      if (!view.isActive) return view.start(total ?? 1, done, { phase, text });
      view.setTotal(total ?? 1);
      view.update(done, { text });
    },
    pause: stop,
    end: stop,
  };
}

function plainLines(stream: ProgressStream, phase: string): PhaseView {
  const began = Date.now();
  const elapsed = () => durationText((Date.now() - began) / 1000);
  let latest: string | undefined;
  const timer = setInterval(() => {
    stream.write(`${phase}: ${elapsed()}${latest === '' ? '' : `, ${latest}`}\n`);
  }, HEARTBEAT).unref();
  return {
    update: (_, text) => {
      if (latest === undefined) stream.write(`${phase}${text === '' ? '' : `: ${text}`} ...\n`);
      latest = text;
    },
    pause: () => undefined,
    end: (isDone) => {
      clearInterval(timer);
      if (isDone && Date.now() - began >= 2000) stream.write(`${phase}: done in ${elapsed()}\n`);
    },
  };
}
