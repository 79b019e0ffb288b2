import forked from 'nx/src/tasks-runner/forked-process-task-runner.js';
import { output } from 'nx/src/utils/output.js';
import { keepEqualOutputs } from './kept-outputs.js';
import { isForMany, typedWords } from './typed.js';

/** The id of the one task that was asked for. @type {string | undefined} */
let askedFor;
let isMended = false;
keepEqualOutputs();
if (!isForMany(process.argv.slice(2))) {
  endAsTheProgram();
  if (!process.stdout.isTTY) leaveStdoutToTheProgram();
}

/**
 * Nx calls this in its own process before it starts a task of `start.js`, for the task's key in its cache; no other code of ours
 * runs there and sees what was typed. It hands the task those words, and mends how Nx shows and ends a program. The reasons
 * are in `docs/decisions/task-runner.md`.
 *
 * @param {import('nx/src/devkit-exports').Task} task
 * @param {import('nx/src/devkit-exports').HasherContext & { env: NodeJS.ProcessEnv }} context
 */
export default function inNx(task, { hasher, taskGraph, env }) {
  const needed = [taskGraph.dependencies, taskGraph.continuousDependencies].flatMap((of) => Object.values(of).flat());
  // Nx may have dropped all words of the task that was asked for.
  const isAskedFor = task.overrides.__overrides_unparsed__.length > 0 || !needed.includes(task.id);
  if (isAskedFor) askedFor = task.id;
  task.overrides = { __overrides_unparsed__: isAskedFor ? typedWords(process.argv.slice(2)) : [] };
  if (process.env['NX_TUI'] !== 'true') {
    // The program gets the terminal of Nx, except where Nx keeps what a task prints.
    if (isAskedFor && task.cache !== true) process.env['NX_NATIVE_COMMAND_RUNNER'] = 'false';
    if (!isMended) endAsAfterCtrlC();
    isMended = true;
  }
  return hasher.hashTask(task, taskGraph, env);
}

/** Nx says that a target that was stopped by SIGTERM or SIGHUP ran successfully; after Ctrl-C (SIGINT) it says nothing. */
function endAsAfterCtrlC() {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => process.emit('SIGINT', 'SIGINT'));
  }
}

/** Nx ends with 1, whatever the status of the program that failed. */
function endAsTheProgram() {
  const { prototype } = forked.ForkedProcessTaskRunner;
  for (const name of /** @type {const} */ (['forkProcess', 'forkProcessLegacy'])) {
    /** @type {typeof prototype.forkProcess} */
    const fork = prototype[name];
    /** @type {typeof fork} */
    prototype[name] = async function (task, options) {
      const running = await fork.call(this, task, options);
      if (task.id === askedFor) running.onExit(endWith);
      return running;
    };
  }
}

/** @param {number} code */
function endWith(code) {
  process.once('exit', (status) => {
    if (status === 1 && code > 1) process.exitCode = code;
  });
}

/** Where a file or another program gets the results, what Nx says goes to stderr. */
function leaveStdoutToTheProgram() {
  /** @type {(text: string) => unknown} */
  const writeToStream = (text) => process.stderr.write(text);
  Object.assign(output, { writeToStream });
}
