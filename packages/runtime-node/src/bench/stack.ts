/**
 * One measurement in a process of its own: `stack.js JSON`, with a `StackTask`; prints the seconds of it as JSON. `command` is
 * all that `dilated-unet-segment` does once the model is loaded, reading, tiles, parts and the output included; `bare` is
 * nothing but `session.run` of ONNX Runtime, on the same sections in one tile each.
 *
 * @module
 */
import { fitImage, normalise, section } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import { readStack } from '@dilated-unet/stacks/node';
import { segmentCommand, type SegmentJob } from '../cli/options.ts';
import { segmentJob } from '../cli/segment.ts';
import { sessionOptions } from '../worker/session.ts';

export interface StackTask {
  readonly what: 'command' | 'bare';
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly threads: number;
}

async function command({ model, input, output, threads }: StackTask): Promise<number> {
  const flags = { model, input, output, threads: String(threads), device: 'cpu', normalise: 'section' };
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const job = segmentCommand().parse(words, { from: 'user' }).opts<SegmentJob>();
  let begin = NaN;
  await segmentJob(job, {
    argv: words,
    cwd: process.cwd(),
    onProgress: () => undefined,
    onNote: () => undefined,
    print: (line) => {
      if (line.startsWith('model ')) begin = performance.now();
    },
    signal: new AbortController().signal,
  });
  return (performance.now() - begin) / 1000;
}

async function bare({ model, input, threads }: StackTask): Promise<number> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const opened = await openModel(model);
  const { card } = opened;
  const form = opened.formFor({ engine: 'cpu', precision: 'auto' });
  const session = await InferenceSession.create(await form.read(), sessionOptions('cpu', threads));
  const stack = await readStack(input);
  const { width, height, depth } = stack;
  let seconds = 0;
  for (let z = 0; z < depth; z++) {
    const image = section(stack, z);
    const pixels = normalise(image.data, fitImage(image, card, { normalise: 'section' }));
    const before = performance.now();
    await session.run({ [card.input]: new Tensor('float32', pixels, [1, height, width, 1]) }, [card.output]);
    seconds += (performance.now() - before) / 1000;
  }
  await session.release();
  return seconds;
}

const task = JSON.parse(process.argv[2] ?? '') as StackTask;
process.stdout.write(JSON.stringify(await { command, bare }[task.what](task)));
