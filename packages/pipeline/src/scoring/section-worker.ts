/** A thread of `scoreStack`: gets the number of a section, answers with its evaluation. */
import { parentPort, workerData } from 'node:worker_threads';
import { evaluateSection, section } from '@dilated-unet/core';
import type { SectionWorkerData } from './score-stack.ts';

const { labels, probabilities } = workerData as SectionWorkerData;
parentPort?.on('message', (z: number) => {
  parentPort?.postMessage(evaluateSection(section(probabilities, z), section(labels, z)));
});
