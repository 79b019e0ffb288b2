import { availableParallelism } from 'node:os';

/** Threads that TensorFlow gives one operation: what `TF_NUM_INTRAOP_THREADS` says, else as many as there are processors. */
export function threadsPerOperation(): number {
  const given = Number(process.env['TF_NUM_INTRAOP_THREADS']);
  return Number.isInteger(given) && given > 0 ? given : availableParallelism();
}
