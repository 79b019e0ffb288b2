/**
 * A process of the bench: which rewrites can be left out of the graph as trained on this machine. Takes a `StepTask` as its
 * argument, prints one line of JSON: a list of `LeftOut`.
 */
import { deviceReport } from '../tensorflow/device.ts';
import { graphTarget } from '../tensorflow/target.ts';
import { leftOut } from './left-out.ts';
import type { StepTask } from './step-task.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as StepTask;
process.stdout.write(`${JSON.stringify(leftOut(task, graphTarget(deviceReport(), 'float32')))}\n`);
