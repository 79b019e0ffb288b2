import { createHash } from 'node:crypto';
import { readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { evaluateStack, MEASURES, moveToLabels, type GreyStack } from '@dilated-unet/core';
import { readStack } from '@dilated-unet/stacks/node';
import { type ReferenceFiles, type TrainResult } from '@dilated-unet/trainer';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Services } from '../../src/run/services.ts';
import { summaryText } from '../../src/run/summary-text.ts';
import type { StackSummary } from '../../src/run/summary.ts';
import { contents, details, folder, notes, out, phases, request, run } from './fake-run.ts';
import { DIFFERENCE, fakeServices, LABEL_OFFSET, rings, writeStackFile } from './fake-services.ts';

describe('a run of the line', () => {
  it('leaves a segmented stack, a picture and a summary that matches the files', async () => {
    const summary = await run();
    expect(await contents(out)).toEqual([
      'checkpoints/best.safetensors',
      'checkpoints/last.safetensors',
      'config.json',
      'graph-model/card.json',
      'graph-model/model.json',
      'graph-model/weights.safetensors',
      'held-out/images.tif',
      'held-out/labels.tif',
      'held-out/mask.tif',
      'held-out/overlay.png',
      'held-out/probabilities.tif',
      'held-out/tensorflow-probabilities.tif',
      'log.csv',
      'model.onnx',
      'summary.json',
    ]);
    expect(JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'))).toEqual(summary);
    expect(Object.keys(summary.files)).toEqual((await contents(out)).filter((name) => name !== 'summary.json'));
    for (const [name, { sha256, bytes }] of Object.entries(summary.files)) {
      const content = await readFile(join(out, name));
      expect(sha256, name).toBe(createHash('sha256').update(content).digest('hex'));
      expect(bytes, name).toBe(content.length);
    }
  });

  it('scores what the ONNX model gave, in every measure', async () => {
    const { heldOut } = await run();
    const probabilities = (await readStack(join(out, 'held-out/probabilities.tif'))) as GreyStack<Float32Array>;
    const mask = await readStack(join(out, 'held-out/mask.tif'));
    const labels = await readStack(join(out, 'held-out/labels.tif'));
    expect(probabilities.data).toBeInstanceOf(Float32Array);
    expect(Array.from(mask.data)).toEqual(Array.from(probabilities.data, (p) => (p > 0.5 ? 255 : 0)));
    expect(new Set(mask.data)).toEqual(new Set([0, 255]));
    const bright = (stack: GreyStack) => Array.from(stack.data).filter((value) => value > 0).length;
    const both = Array.from(mask.data).filter((value, i) => value > 0 && (labels.data[i] as number) > 0).length;
    expect(heldOut?.interiorDice).toBeCloseTo((2 * both) / (bright(mask) + bright(labels)), 12);
    const expected = evaluateStack(probabilities, labels);
    for (const { key, of } of MEASURES) expect(heldOut?.[key], key).toBe(of(expected));
    expect(heldOut?.perSection).toHaveLength(2);
  });

  it('scores the prediction where the labels lie, and says where that is', async () => {
    const plain = await run();
    expect(plain.labelOffset).toBeNull();
    expect(summaryText(plain, out)).not.toContain('labels lie');
    const calibrated = { ...plain, config: { ...plain.config, calibrationWindows: 24 } };
    expect(summaryText(calibrated, out)).toMatch(/batch norms +calibrated on 24 windows after the last epoch/);
    const uncalibrated = { ...plain, config: { ...plain.config, calibrationWindows: 0 } };
    expect(summaryText(uncalibrated, out)).not.toContain('batch norms');
    const before = await readFile(join(out, 'held-out/mask.tif'));
    const moved = join(folder, 'registered');
    const summary = await run(request({ out: moved }, { registerLabels: true }));
    expect(summary.labelOffset).toEqual(LABEL_OFFSET);
    expect(summaryText(summary, moved)).toMatch(/labels lie +0\.50 pixels above and 1\.25 right of the tissue/);
    const probabilities = (await readStack(join(moved, 'held-out/probabilities.tif'))) as GreyStack<Float32Array>;
    const labels = await readStack(join(moved, 'held-out/labels.tif'));
    const { data } = moveToLabels(probabilities, LABEL_OFFSET);
    const expected = evaluateStack({ ...probabilities, data }, labels);
    for (const { key, of } of MEASURES) expect(summary.heldOut?.[key], key).toBe(of(expected));
    expect(summary.heldOut?.pixelError).not.toBe(plain.heldOut?.pixelError);
    // The mask itself is of the images.
    expect((await readFile(join(moved, 'held-out/mask.tif'))).equals(before)).toBe(true);
  });

  it('says what it ran on and what it took', async () => {
    const summary = await run();
    expect(summary).toMatchObject({
      device: { kind: 'cpu', name: 'test processor, 2 threads' },
      versions: {
        package: '0.1.0',
        node: process.versions.node,
        tensorflow: '2.21.0',
        tf2onnx: '1.17.0',
        onnxruntime: '1.30.0',
      },
      variant: 'unet',
      parameters: 2_772_816,
    });
    expect(summary.onnxMaxDifference).toBeCloseTo(DIFFERENCE, 7);
    expect(Object.keys(summary.secondsPerStage)).toEqual([
      'train',
      'convert',
      'load',
      'verify',
      'segment',
      'score',
      'training',
    ]);
    expect(summary.secondsPerStage['training']).toBe(12.5);
    expect(summary.peakRssBytes).toBeGreaterThanOrEqual(1e9);
  });

  it('refuses a model that differs from TensorFlow', async () => {
    const train: Services['train'] = async (config, options) => {
      const result = await fakeServices().train(config, options);
      const path = result.stacks[0]?.reference?.probabilities as string;
      const reference = await readStack(path);
      reference.data[reference.data.length - 1] = 0.123;
      await writeStackFile(path, reference);
      return result;
    };
    await expect(run(request(), { train })).rejects.toThrow(
      /^Stage "verify" failed: The ONNX model differs from TensorFlow by \d/,
    );
    expect(await contents(out)).not.toContain('held-out/mask.tif');
  });

  it('tells the device, each evaluation, and each step with its loss, Dice and rate', async () => {
    await run();
    expect(notes).toEqual([
      'device: CPU, test processor, 2 threads, TensorFlow 2.21.0',
      'epoch 2: held-out interior Dice 0.9500, membrane Dice 0.8000 (best)',
    ]);
    expect(phases).toEqual([
      'building the training graph',
      'training',
      'converting to ONNX',
      'checking ONNX against TensorFlow',
      'segmenting the 2 held-out sections',
      'scoring the held-out sections',
      'writing the summary',
    ]);
    expect(details[0]).toMatch(/^step 1\/6 {2}loss 1\.0000 {2}Dice 0\.5000 {2}rate 1\.00e-5$/);
  });

  it('repeats the warnings of the training at its end, and keeps them', async () => {
    const warning = 'labels.tif: bright is labelled as membrane.';
    const train: Services['train'] = async (config, options) => ({
      ...(await fakeServices().train(config, options)),
      warnings: [warning],
    });
    expect((await run()).warnings).toEqual([]);
    const warned = join(folder, 'warned');
    const summary = await run(request({ out: warned }), { train });
    expect(notes.at(-1)).toBe(`warning: ${warning}`);
    expect(summary.warnings).toEqual([warning]);
    expect(JSON.parse(await readFile(join(warned, 'summary.json'), 'utf8'))).toMatchObject({ warnings: [warning] });
  });

  it('segments the test stack as well', async () => {
    const test = await writeStackFile(join(folder, 'test-volume.tif'), rings(4).images);
    await run(request({}, { data: { kind: 'stacks', images: '/x', labels: '/y', test } }));
    expect(await contents(join(out, 'test'))).toEqual(['mask.tif', 'overlay.png', 'probabilities.tif']);
    expect((await readStack(join(out, 'test/mask.tif'))).depth).toBe(4);
    expect((await sharp(join(out, 'test/overlay.png')).metadata()).width).toBeGreaterThanOrEqual(3 * 64);
  });

  it('segments and scores each of several stacks, and all together', async () => {
    const test = await writeStackFile(join(folder, 'test-volume.tif'), rings(4).images);
    const stacks = ['brain', 'cord'].map((name) => ({ name, images: `/${name}`, labels: '/y', test }));
    const train: Services['train'] = async (config, options) => {
      const result = await fakeServices().train(config, options);
      const [stack] = result.stacks as [TrainResult['stacks'][number]];
      const divided = [];
      for (const [k, { name }] of stacks.entries()) {
        const at = join(options.out, 'held-out', name);
        const { images, labels, probabilities } = stack.reference as ReferenceFiles;
        const copy = async (path: string) => writeStackFile(join(at, basename(path)), await readStack(path));
        const reference = {
          folder: at,
          images: await copy(images),
          labels: await copy(labels as string),
          probabilities: await copy(probabilities),
        };
        divided.push({
          ...stack,
          name,
          share: [0.25, 0.75][k] as number,
          labelOffset: k === 1 ? LABEL_OFFSET : null,
          reference,
        });
      }
      return { ...result, stacks: divided };
    };
    const summary = await run(request({}, { data: { kind: 'several', stacks } }), { train });
    for (const name of ['brain', 'cord']) {
      expect(await contents(join(out, 'test', name))).toEqual(['mask.tif', 'overlay.png', 'probabilities.tif']);
      expect(await contents(join(out, 'held-out', name))).toContain('overlay.png');
    }
    expect(summary.labelOffset).toBeNull();
    const [brain, cord] = summary.stacks as [StackSummary, StackSummary];
    expect([brain.name, brain.share, brain.labelOffset, cord.labelOffset]).toEqual(['brain', 0.25, null, LABEL_OFFSET]);
    expect(brain).not.toHaveProperty('reference');
    expect(cord.heldOut?.labelOffset).toEqual({ y: LABEL_OFFSET.y, x: LABEL_OFFSET.x });
    expect(cord.heldOut?.interiorDice).not.toBe(brain.heldOut?.interiorDice);
    expect(summary.heldOut?.perSection.map(({ stack, section }) => [stack, section])).toEqual([
      ['brain', 1],
      ['brain', 2],
      ['cord', 1],
      ['cord', 2],
    ]);
    const mean = [brain, cord].reduce((sum, { heldOut }) => sum + (heldOut?.warpingError ?? 9) / 2, 0);
    expect(summary.heldOut?.warpingError).toBeCloseTo(mean, 12);
    const text = summaryText(summary, out);
    expect(text).toMatch(/held-out scores +V_Rand/);
    expect(text).toMatch(
      /\n +brain +V_Rand.*\n +cord +V_Rand.*\n +windows cut from +brain 25\.0%, cord 75\.0%\n +labels of cord lie +0\.50 pixels above/,
    );
    expect(text).toContain(join(out, 'test/cord/mask.tif'));
    expect(phases).toContain('segmenting the 2 held-out sections of cord');
    expect(phases).toContain('scoring the held-out sections of cord');
    expect(phases).toContain('segmenting the test stack of brain');
  });

  it('is whole where a held-out section has nothing to score, and says so', async () => {
    const train: Services['train'] = async (config, options) => {
      const result = await fakeServices().train(config, options);
      const path = result.stacks[0]?.reference?.labels as string;
      const labels = await readStack(path);
      labels.data.fill(0, 64 * 48);
      await writeStackFile(path, labels);
      return result;
    };
    const summary = await run(request(), { train });
    expect(summary.heldOut).toBeNull();
    expect(notes.at(-1)).toMatch(/^The held-out sections have no scores\. .*section 2 has no cell interior/);
    expect(summaryText(summary, out)).toContain('none: a section has no cell interior');
    expect(await contents(out)).toContain('held-out/overlay.png');
  });

  it('does without held-out sections', async () => {
    const summary = await run(request({}, { holdOut: 0 }));
    expect(summary.heldOut).toBeNull();
    expect(await contents(out)).not.toContain('held-out/mask.tif');
    expect(summaryText(summary, out)).toContain('none: no section was held out (--hold-out N)');
  });

  it('ends in a summary that names device, scores, difference and places', async () => {
    const text = summaryText(await run(), out);
    expect(text).toContain('CPU, test processor, 2 threads, TensorFlow 2.21.0');
    expect(text).toMatch(
      /held-out scores +V_Rand 0\.\d{4}, V_Info 0\.\d{4}, warping error 0\.\d{6}, pixel error 0\.\d{4}/,
    );
    expect(text).toMatch(/interior Dice 0\.\d{4}, membrane Dice 0\.\d{4}/);
    expect(text).toMatch(/ONNX vs TensorFlow +largest difference 3\.8e-6/);
    for (const file of ['model.onnx', 'held-out/mask.tif', 'held-out/overlay.png'])
      expect(text).toContain(join(out, file));
    expect(text).not.toContain('test/mask.tif');
    expect(text).toMatch(/train \d+\.\d s, convert \d+\.\d s/);
    expect(text).not.toContain('began from');
  });

  it('says which model the training began from', async () => {
    const init = { path: '/m', name: 'axons', sha256: '0'.repeat(64), newHead: true };
    const summary = await run(request({}, { init }));
    expect(summary.config.init).toEqual(init);
    expect(summaryText(summary, out)).toMatch(/began from +axons, all layers but the last/);
  });
});

describe('--weight_path', () => {
  it('gets the best weights, else the last', async () => {
    const weightPath = join(folder, 'new', 'folder', 'weights.safetensors');
    await run(request({ weightPath }));
    expect(await readFile(weightPath, 'utf8')).toBe('best weights');
    await run(request({ weightPath, out: join(folder, 'runs', 'two') }, { holdOut: 0 }));
    expect(await readFile(weightPath, 'utf8')).toBe('last weights');
  });

  it('is refused before the training when it is a folder, or a link that leads nowhere', async () => {
    let trained = false;
    const train: Services['train'] = (config, options) => {
      trained = true;
      return fakeServices().train(config, options);
    };
    await expect(run(request({ weightPath: folder }), { train })).rejects.toThrow(
      '`weightPath` must name a file, not a folder',
    );
    const weightPath = join(folder, 'link');
    await symlink('gone/weights.safetensors', weightPath);
    await expect(run(request({ weightPath }), { train })).rejects.toThrow(
      '`weightPath` must not be a link that leads nowhere (gone/weights.safetensors)',
    );
    expect(trained).toBe(false);
  });
});
