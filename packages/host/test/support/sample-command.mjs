/** A command for run-command.test.ts, as the packages write theirs. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import { Command } from 'commander';
import { integerOption, runCommand } from '../../dist/index.js';

const command = new Command('sample')
  .option('--do <what>', 'what it does', 'work')
  .option('--count <n>', 'how often', integerOption({ least: 1 }), 1);

/** Until Ctrl-C. */
async function wait({ onProgress, signal }) {
  onProgress({ phase: 'waiting' });
  await sleep(20_000, undefined, { signal }).catch(() => undefined);
}

const WORK = {
  work: ({ count }, { onProgress, onNote, print }) => {
    onProgress({ phase: 'counting', detail: 'one', done: 1, total: count });
    onNote('a note on `count` and `more`');
    print('figure');
    onProgress({ phase: 'counting', detail: 'two', done: 2, total: count });
    return `counted ${count}`;
  },
  refuse: ({ count }) => {
    throw new InvalidOptionError('count', 'must be even', count);
  },
  'refuse-other': ({ count }) => {
    throw new InvalidOptionError('window', 'must be even with `count`', count);
  },
  miss: () => {
    throw new EnvironmentError('There is no disk.');
  },
  crash: () => {
    throw new TypeError('a bug');
  },
  wait: async (_, terminal) => {
    try {
      await wait(terminal);
      terminal.signal.throwIfAborted();
    } finally {
      terminal.onNote('cleaned up');
    }
  },
  stop: async (_, { signal }) => {
    process.kill(process.pid, 'SIGTERM');
    await sleep(20_000, undefined, { signal });
  },
  finish: async (_, terminal) => {
    await wait(terminal);
    return 'finished';
  },
  linger: async (_, terminal) => {
    await wait(terminal);
    terminal.onNote('still waiting');
    // A second Ctrl-C ends it within this time.
    await sleep(5000);
    terminal.onNote('cleaned up');
    terminal.signal.throwIfAborted();
  },
  where: (_, { cwd }) => cwd,
  unread: async (_, { onNote, print }) => {
    for (const line of ['one', 'two']) {
      print(line);
      onNote(line);
      // The error of a write comes behind it.
      await sleep(10);
    }
    await writeFile(process.env.DONE, 'done');
  },
};

await runCommand(command, (options, terminal) => WORK[options.do](options, terminal), {
  whenStopped: (error) => `Stopped; ${error}`,
  once: ['count'],
});
