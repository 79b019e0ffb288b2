/**
 * The thread that owns the model: `session.run` blocks the thread it runs on, so the caller's event loop stays free.
 * Requests are served in the order in which they come.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData } from '@dilated-unet/core';
import { enterNative, leaveNative } from './native-gate.ts';
import type { WorkerData, WorkerReply, WorkerRequest } from './protocol.ts';
import { LoadError, loadModel, type LoadedModel } from './session.ts';

const port = parentPort;
if (port === null) throw new Error('This file is the entry of a worker thread; import the package instead.');

const data = workerData as WorkerData;
const { gate } = data;
// However the thread ends, the process must not wait for it.
process.on('exit', () => leaveNative(gate));

function reply(message: WorkerReply): void {
  const outputs = message.type === 'computed' ? message.outputs : [];
  port?.postMessage(
    message,
    outputs.map(({ data }) => data.buffer as ArrayBuffer),
  );
}

/** Whether the caller is gone: what waits is not computed any more. */
let closing = false;

async function serve(model: LoadedModel, request: WorkerRequest): Promise<void> {
  if (request.type === 'close') {
    await model.release();
    port?.close();
    return;
  }
  if (closing || !enterNative(gate)) return;
  try {
    reply({ type: 'computed', id: request.id, outputs: await model.compute(request) });
  } catch (error) {
    reply({ type: 'failed', id: request.id, error: errorToData(error) });
  } finally {
    leaveNative(gate);
  }
}

async function start(): Promise<void> {
  if (!enterNative(gate)) return;
  try {
    const model = await loadModel(data);
    let last = Promise.resolve();
    port?.on('message', (request: WorkerRequest) => {
      closing ||= request.type === 'close';
      last = last.then(() => serve(model, request));
    });
    reply({ type: 'ready' });
  } catch (error) {
    const reason = error instanceof LoadError ? error.reason : 'refused';
    reply({ type: 'not-loaded', reason, error: errorToData(error instanceof LoadError ? error.cause : error) });
  } finally {
    leaveNative(gate);
  }
}

await start();
