import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, InvalidModelError, InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { runPipeline } from '../../src/run/run-pipeline.ts';
import type { Services } from '../../src/run/services.ts';
import { StageError } from '../../src/run/stage-clock.ts';
import { contents, fails, folder, out, request, run } from './fake-run.ts';
import { fakeServices } from './fake-services.ts';

describe('a stage that fails', () => {
  it('leaves nothing when no epoch was finished', async () => {
    const train = async (_: unknown, { out: run }: { out: string }): Promise<never> => {
      await writeFile(join(run, 'config.json'), '{}');
      throw new EnvironmentError('No GPU was found.');
    };
    const failure = await run(request(), { train }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StageError);
    expect((failure as StageError).message).toBe(
      'Stage "train" failed: No GPU was found.\nNothing was kept, as no epoch was finished. Start again once the cause is mended.',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves the field that does not fit for the command line to name', async () => {
    const train = fails(new InvalidOptionError('window', 'must be at most 64', 128));
    await expect(run(request(), { train })).rejects.toThrow('failed: `window` must be at most 64; received 128.');
  });

  it('does not ask to go on after a divergence, which would come again', async () => {
    await run(request());
    const rule = 'is too high for this run: the loss became NaN at step 7. The rate';
    const train = fails(new InvalidOptionError('schedule.maxRate', rule, 0.01));
    await expect(run(request({ resume: true }), { train })).rejects.toThrow(
      `Stage "train" failed: \`schedule.maxRate\` ${rule}; received 0.01.\nWhat was done is kept in ${out}. Going on would end there ` +
        'again: start another run in a new folder with a lower `schedule.maxRate`.',
    );
    const other = fails(new InvalidOptionError('schedule.maxRate', 'must stay 0.01', 0.02));
    await expect(run(request({ resume: true }), { train: other })).rejects.toThrow('Go on with: train --out');
  });

  it('empties an empty folder that was there, but keeps it', async () => {
    await mkdir(out, { recursive: true });
    await expect(run(request(), { train: fails(new EnvironmentError('No GPU.')) })).rejects.toThrow('No GPU.');
    expect(await readdir(out)).toEqual([]);
  });

  it.each([
    ['convert', { convert: fails(new EnvironmentError('tf2onnx is missing.')) }],
    ['load', { loadSegmenter: fails(new InvalidModelError('Not a model.')) }],
  ] as const)('%s: keeps the training, says how to go on, and goes on', async (stage, services) => {
    const failure = (await run(request(), services).catch((error: unknown) => error)) as StageError;
    expect(failure).toBeInstanceOf(StageError);
    expect(failure.stage).toBe(stage);
    expect(failure.message).toContain(`Go on with: train --out ${out} --resume`);
    const left = await contents(out);
    expect(left).toContain('checkpoints/last.safetensors');
    expect(left).not.toContain('summary.json');
    expect(left.filter((name) => /part|tmp/.test(name))).toEqual([]);
    expect((await run(request({ resume: true }))).files['model.onnx']).toBeDefined();
  });

  it('leaves no half-written segmentation', async () => {
    const loadSegmenter: Services['loadSegmenter'] = async (model) => {
      const real = await fakeServices().loadSegmenter(model);
      let sections = 0;
      return {
        card: real.card,
        device: real.device,
        segmentWhole: (image, options) => real.segmentWhole(image, options),
        [Symbol.asyncDispose]: () => real.dispose(),
        dispose: () => real.dispose(),
        segment: (image, options) => {
          if (++sections === 2) throw new EnvironmentError('Out of memory.');
          return real.segment(image, options);
        },
      };
    };
    await expect(run(request(), { loadSegmenter })).rejects.toThrow('Stage "segment" failed: Out of memory.');
    expect(await contents(join(out, 'held-out'))).toEqual(['images.tif', 'labels.tif', 'tensorflow-probabilities.tif']);
  });

  it('says that it was stopped, and how to go on', async () => {
    const controller = new AbortController();
    const convert = async (): Promise<never> => {
      controller.abort(new Error('Stopped.'));
      throw new Error('killed');
    };
    const watch = { onNote: () => undefined, onProgress: () => undefined, signal: controller.signal };
    const failure = await runPipeline(request(), fakeServices({ convert }), watch).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StageError);
    expect((failure as StageError).message).toMatch(
      /^Stage "convert" was stopped\.\nWhat was done is kept in .* --resume$/,
    );
  });

  it('passes a defect on with its cause', async () => {
    const failure = (await run(request(), { convert: fails(new TypeError('x is undefined')) }).catch(
      (e: unknown) => e,
    )) as Error;
    expect(failure).not.toBeInstanceOf(StageError);
    expect(failure.message).toContain('Stage "convert" failed unexpectedly.');
    expect(failure.cause).toBeInstanceOf(TypeError);
  });
});
