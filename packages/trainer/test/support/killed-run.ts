import { fork } from 'node:child_process';
import { existsSync, watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildTask } from '../../src/process/child.ts';
import { trainingEnvironment } from '../../src/process/child-process.ts';
import { readEvents } from './event-file.ts';

/** The first sign of it that a training process gives. */
export type Moment =
  | { readonly kind: 'start' }
  /** The `count`th event of a type. */
  | { readonly kind: 'event'; readonly type: ChildMessage['type']; readonly count: number }
  | { readonly kind: 'stage'; readonly stage: string }
  /** The file of this path in the run folder is being written, under another name yet. */
  | { readonly kind: 'writing'; readonly path: string }
  /** It has got its name. */
  | { readonly kind: 'written'; readonly path: string };

/** Trains until `delayMs` after `moment`, and is killed then; @returns whether it came to that. */
export async function trainAndKill(
  task: Extract<ChildTask, { kind: 'train' }>,
  moment: Moment,
  delayMs: number,
): Promise<boolean> {
  const child = fork(fileURLToPath(new URL('../../dist/process/child.js', import.meta.url)), {
    env: { ...process.env, ...trainingEnvironment() },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const kill = (): void => void setTimeout(delayMs).then(() => child.kill('SIGKILL'));
  const watcher = 'path' in moment ? await watchFile(join(task.out, moment.path), moment.kind, kill) : null;
  if (moment.kind === 'start') kill();
  let seen = 0;
  child.on('message', (message: ChildMessage) => {
    if (moment.kind === 'event' && message.type === moment.type && ++seen === moment.count) kill();
    if (moment.kind === 'stage' && message.type === 'stage' && message.stage === moment.stage) kill();
  });
  child.send(task);
  const signal = await new Promise((resolve) => child.on('exit', (_, killedBy) => resolve(killedBy)));
  watcher?.close();
  return signal === 'SIGKILL';
}

async function watchFile(path: string, kind: 'writing' | 'written', then: () => void): Promise<FSWatcher> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  return watch(folder, (_, name) => {
    if (name === null || !existsSync(join(folder, name))) return;
    if (kind === 'written' ? name === basename(path) : name.startsWith(`${basename(path)}.`)) then();
  });
}

/**
 * The files that a run left, by path. Step times, which no two runs share, are left out of log and events; the events are
 * those of all event files, which have the time in their names.
 */
export async function runContent(out: string): Promise<ReadonlyMap<string, unknown>> {
  const content = new Map<string, unknown>();
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    const path = relative(out, join(entry.parentPath, entry.name));
    if (entry.isFile() && !path.startsWith('tensorboard/')) content.set(path, await readFile(join(out, path)));
  }
  const rows = String(content.get('log.csv'))
    .split('\n')
    .map((line) => line.split(','));
  const stepMs = rows[0]?.indexOf('stepMs');
  content.set(
    'log.csv',
    rows.map((cells) => cells.filter((_, i) => i !== stepMs)),
  );
  const events = await readEvents(join(out, 'tensorboard'));
  content.set(
    'tensorboard',
    events.filter(({ tag }) => tag !== 'training/stepMs'),
  );
  return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Files below `folder` that are not whole. */
export async function unfinishedFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.part'));
}
