/** A thread of a `BatchQueue`: fills its slots in order, each as soon as it is empty. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData } from '@dilated-unet/core';
import { SLOT, type BatchWorkerData } from './batch-queue.ts';
import { openSampler } from './open-sampler.ts';

const { options, first, end, stride, states, values, errors } = workerData as BatchWorkerData;
const slots = states.length;
const size = values.length / slots / 2;
const sampler = await openSampler(options);
parentPort?.postMessage('ready');

for (let step = first; step < end; step += stride) {
  const slot = step % slots;
  Atomics.wait(states, slot, SLOT.full);
  let state: number = SLOT.full;
  try {
    const { images, labels } = await sampler.batch(step);
    values.set(images, slot * 2 * size);
    values.set(labels, slot * 2 * size + size);
  } catch (error) {
    errors.postMessage(errorToData(error));
    state = SLOT.failed;
  }
  Atomics.store(states, slot, state);
  Atomics.notify(states, slot);
  if (state === SLOT.failed) break;
}
await sampler.close();
