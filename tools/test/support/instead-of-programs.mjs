/**
 * Loaded by every Node process below Nx (NODE_OPTIONS): in the process of a program that `start.js` starts, it takes the place of
 * the program. RECORD_WORDS: it appends the task and the program's words to that file. END_WITH: it prints a line, and ends with
 * that status, but for builds. Else it waits until it is stopped.
 */
import { appendFileSync } from 'node:fs';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

const {
  NX_TASK_TARGET_PROJECT: project,
  NX_TASK_TARGET_TARGET: target,
  RECORD_WORDS: file,
  END_WITH: status,
} = process.env;
const [, program = '', ...words] = process.argv;
if (project !== undefined && !/\/(node_modules\/(nx|\.bin\/nx)|bin\/np[mx]-cli\.js)/.test(program)) {
  if (status !== undefined) {
    // Nx notes what builds print, and would replay it.
    if (target === 'build') process.exit();
    process.stdout.write(`printed by ${target}\n`);
    process.exit(Number(status));
  }
  if (file === undefined) await untilStopped();
  else appendFileSync(file, `${JSON.stringify({ task: `${project}:${target}`, program, words })}\n`);
  process.exit();
}

async function untilStopped() {
  const alive = setInterval(() => undefined, 1000);
  const signal = await new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, resolve);
    process.stderr.write(`waiting in ${process.pid}\n`);
  });
  await sleep(500);
  clearInterval(alive);
  process.stderr.write('cleaned up\n');
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
