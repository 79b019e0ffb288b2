import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { applySymmetry, cellInstances, inverseSymmetry, section, SYMMETRIES, type GreyImage } from '@dilated-unet/core';
import { stackSource } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import { describe, expect, test } from 'vitest';
import { createSegmenter, openStack, readImage, readStack } from '../src/index.ts';
import { noise } from '../../stacks/test/support/images.ts';
import { largestDifference } from './support/images.ts';
import { model } from './support/models.ts';
import { buildTiff, greyPage, type BuiltPage } from '../../stacks/test/support/build-tiff.ts';
import { CLI, files, folder, out, segment, stack } from './support/command.ts';

describe('output', () => {
  test('a mask of each page, as the library computes it; the device is told', async () => {
    const { status, stdout, stderr } = segment([...files(), '--threads', '1']);
    // A phase of two seconds and more says how long it took.
    expect({ status, stderr: stderr.replaceAll(/^\w+: .*\d s\b.*\n/gm, '') }).toEqual({
      status: 0,
      stderr: 'segmenting: section 1/3 ...\nwriting: section 1/3 ...\n',
    });
    expect(stdout).toMatch(
      /^model tiny-unet on device cpu, 1 threads?, fp32\nwrote .*mask\.tif: 3 sections of 120 x 80/,
    );
    const mask = await readStack(path.join(out, 'mask.tif'));
    expect(mask).toMatchObject({ width: 120, height: 80, depth: 3 });
    const segmenter = await createSegmenter({ model: model(), device: 'cpu', threads: 1 });
    for (const z of [0, 1, 2]) {
      const { data } = await segmenter.segmentWhole(section(stack, z));
      expect(section(mask, z).data).toEqual(Uint8Array.from(data, (p) => (p > 0.5 ? 255 : 0)));
    }
    await segmenter.dispose();
    expect(new Set(mask.data)).toEqual(new Set([0, 255]));
    expect(readdirSync(out)).toEqual(['mask.tif']);
  });

  test('probabilities, float32; tiles change nothing; a threshold gives the same mask from them', async () => {
    const whole = path.join(out, 'whole.tif');
    const tiled = path.join(out, 'tiled.tif');
    expect(segment([...files('wide.tif', whole), '--probabilities']).status).toBe(0);
    expect(segment([...files('wide.tif', tiled), '--probabilities', '--tile', '328']).status).toBe(0);
    const [a, b] = await Promise.all([readStack(whole), readStack(tiled)]);
    expect(a.data).toBeInstanceOf(Float32Array);
    expect(a).toMatchObject({ width: 640, height: 200, depth: 2 });
    expect(largestDifference(a.data as Float32Array, b.data as Float32Array)).toBeLessThan(1e-5);
  });

  test('the mean over the eight symmetries, tile by tile; it says so', async () => {
    const output = path.join(out, 'p.tif');
    const flags = ['--probabilities', '--symmetries', '--tile', '328'];
    const { status, stdout, stderr } = segment([...files('wide.tif', output), ...flags]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/2 sections of 640 x 200, probabilities of cell interior \(mean over eight symmetries\)/);
    expect(stderr).toMatch(/^segmenting: section 1\/2 /);
    const images = await readStack(folder.file('wide.tif'));
    const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
    const sum = new Float32Array(640 * 200);
    for (const symmetry of SYMMETRIES) {
      const turned = await segmenter.segmentWhole(applySymmetry(section(images, 1), symmetry));
      applySymmetry(turned, inverseSymmetry(symmetry)).data.forEach((p, i) => (sum[i] = (sum[i] as number) + p));
    }
    const plain = await segmenter.segmentWhole(section(images, 1));
    await segmenter.dispose();
    const { data } = section(await readStack(output), 1);
    const mean = sum.map((p) => p / 8);
    expect(largestDifference(data as Float32Array, mean)).toBeLessThan(1e-5);
    expect(largestDifference(data as Float32Array, plain.data)).toBeGreaterThan(1e-3);
  });

  test('the threshold decides', async () => {
    const shares = [];
    for (const threshold of ['0.3', '0.7']) {
      expect(segment([...files(), '--threshold', threshold]).status).toBe(0);
      const { data } = await readStack(path.join(out, 'mask.tif'));
      shares.push((data as Uint8Array).filter((v) => v === 255).length / data.length);
    }
    expect(shares[0]).toBeGreaterThan((shares[1] as number) + 0.2);
  });

  test('PNG in, PNG or TIFF out', async () => {
    expect(segment(files('grey.png', path.join(out, 'mask.png'))).status).toBe(0);
    expect(segment(files('grey.png', path.join(out, 'mask.tif'))).status).toBe(0);
    const [png, tiff] = await Promise.all(['mask.png', 'mask.tif'].map((name) => readImage(path.join(out, name))));
    expect(png).toMatchObject({ width: 120, height: 80 });
    expect(png).toEqual(tiff);
  });

  test('a folder of sections, and a pattern for them, in natural order', async () => {
    expect(segment(files('stack.tif', path.join(out, 'mask.tif'))).status).toBe(0);
    for (const [input, sections] of [
      ['slices', 3],
      ['slices/s?.png', 2],
    ] as const) {
      const { status, stderr, stdout } = segment(files(input, path.join(out, 'of slices.tif')));
      expect(stderr).not.toMatch(/error/);
      expect(status).toBe(0);
      expect(stdout).toContain(`${sections} sections of 120 x 80`);
      const [whole, part] = await Promise.all([
        readStack(path.join(out, 'mask.tif')),
        readStack(path.join(out, 'of slices.tif')),
      ]);
      expect(part.data).toEqual(whole.data.subarray(0, sections * 120 * 80));
    }
  });

  test('a channel of a hyperstack, by the flag that the refusal names', async () => {
    const { width, height, depth, data } = await readStack(path.join(folder.path, 'stack.tif'));
    const size = width * height;
    const planes = Array.from({ length: depth }, (_, z) => data.subarray(z * size, (z + 1) * size) as Uint8Array);
    const pages = planes
      .flatMap((plane) => [plane.map((value) => 255 - value), plane])
      .map((plane) => greyPage(width, height, plane));
    const text = { 270: `ImageJ=1.54f\nimages=${2 * depth}\nchannels=2\nslices=${depth}\nhyperstack=true\n` };
    const [first, ...others] = pages as [BuiltPage, ...BuiltPage[]];
    writeFileSync(folder.file('hyper.tif'), buildTiff([{ ...first, tags: { ...first.tags, ...text } }, ...others]));
    const refused = segment(files('hyper.tif'));
    expect(refused.stderr).toMatch(/hyper\.tif: There are 2 channels and 3 sections.* with --channel: from 1 to 2/);
    expect(refused.status).toBe(1);
    const { status } = segment([...files('hyper.tif', path.join(out, 'two.tif')), '--channel', '2']);
    expect(status).toBe(0);
    expect(segment(files('stack.tif', path.join(out, 'plain.tif'))).status).toBe(0);
    const [two, plain] = await Promise.all(['two.tif', 'plain.tif'].map((name) => readStack(path.join(out, name))));
    expect(two).toEqual(plain);
  });

  test('instances of each page, as the library finds them; --probabilities and --result probabilities are one', async () => {
    const flags = ['--result', 'instances', '--min-size', '4', '--seeds', 'h-maxima', '--seed-height', '0.05'];
    const { status, stdout } = segment([...files('stack.tif', path.join(out, 'cells.tif')), ...flags]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/3 sections of 120 x 80, one id a cell and section, 0 between cells/);
    const outputs = ['a.tif', 'b.tif'].map((name) => path.join(out, name)) as [string, string];
    expect(segment([...files('stack.tif', outputs[0]), '--probabilities']).status).toBe(0);
    expect(segment([...files('stack.tif', outputs[1]), '--result', 'probabilities']).status).toBe(0);
    expect(readFileSync(outputs[0])).toEqual(readFileSync(outputs[1]));
    const [cells, probabilities] = await Promise.all([readStack(path.join(out, 'cells.tif')), readStack(outputs[0])]);
    let last = 0;
    for (const z of [0, 1, 2]) {
      const map = section(probabilities, z) as GreyImage<Float32Array>;
      const { labels, count } = cellInstances(map, { minSize: 4, seedHeight: 0.05 });
      expect([...section(cells, z).data]).toEqual(Array.from(labels, (id) => (id === 0 ? 0 : id + last)));
      expect(count).toBeGreaterThan(1);
      last += count;
    }
  });

  test('a part of the stack as a folder of PNG sections, 8-bit probabilities', async () => {
    const flags = ['--result', 'probabilities', '--dtype', 'uint8', '--sections', '1,3', '--region', '10,20,30,40'];
    const { status, stdout } = segment([...files('stack.tif', `${out}/part/`), ...flags]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/2 sections of 30 x 40, probabilities of cell interior, 255 is 1/);
    expect(readdirSync(path.join(out, 'part'))).toEqual(['section-0001.png', 'section-0002.png']);
    expect(segment([...files('stack.tif', path.join(out, 'p.tif')), '--probabilities']).status).toBe(0);
    const [part, whole] = await Promise.all([readStack(path.join(out, 'part')), readStack(path.join(out, 'p.tif'))]);
    const { data } = await stackSource(whole).read(2, { x: 10, y: 20, width: 30, height: 40 });
    const differences = section(part, 1).data.map((value, i) =>
      Math.abs(value - Math.round((data[i] as number) * 255)),
    );
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.filter((d) => d > 0).length).toBeLessThan(12);
  });

  test('the size of a pixel goes from the input to the output', async () => {
    const pixelSize = { z: 50, y: 4, x: 4.5 };
    const sections = [0, 1, 2].map((z) => section(stack, z));
    await writeSections(folder.file('sized.tif'), sections, { depth: 3, pixelSize });
    expect(segment([...files('sized.tif'), '--sections', '1,3']).status).toBe(0);
    const mask = await openStack(path.join(out, 'mask.tif'));
    expect(mask.pixelSize).toEqual({ z: 100, y: 4, x: 4.5 });
    await mask.close?.();
  });

  test('OME-Zarr in and out: instances as labels, the mask and probabilities, of any scale, with the size of a pixel', async () => {
    const sections = [0, 1, 2].map((z) => section(stack, z));
    await writeSections(folder.file('em.zarr'), sections, { depth: 3, pixelSize: { z: 50, y: 4, x: 4.5 } });
    const results = [
      ['instances', true, []],
      ['mask', true, []],
      ['probabilities', false, ['--dtype', 'uint16']],
    ] as const;
    for (const [result, isLabels, more] of results) {
      const flags = ['--result', result, ...more];
      const [zarr, tiff] = [path.join(out, `${result}.zarr`), path.join(out, `${result}.tif`)];
      expect(segment([...files('em.zarr', zarr), '--level', '0', ...flags])).toMatchObject({ status: 0 });
      expect(segment([...files('stack.tif', tiff), ...flags]).status).toBe(0);
      expect(await readStack(zarr)).toEqual(await readStack(tiff));
      expect((await openStack(zarr)).pixelSize).toEqual({ z: 50, y: 4, x: 4.5 });
      expect(readFileSync(path.join(zarr, 'zarr.json'), 'utf8').includes('"image-label"')).toBe(isLabels);
    }
    expect(new Set((await readStack(path.join(out, 'instances.zarr'))).data).size).toBeGreaterThan(3);
  });

  test('an OME-Zarr says where it lies in its input', async () => {
    const sections = [1, 2, 3].map((seed) => noise(1100, 70, seed));
    await writeSections(folder.file('placed.zarr'), sections, { depth: 3, pixelSize: { z: 50, y: 8, x: 8 } });
    const placed = async (...flags: string[]) => {
      const output = path.join(out, 'placed.zarr');
      expect(segment([...files('placed.zarr', output), ...flags])).toMatchObject({ status: 0 });
      return (await openStack(output)).origin;
    };
    expect(await placed('--region', '20,10,40,40', '--sections', '2')).toEqual({ z: 50, y: 80, x: 160 });
    // A scale says by itself where it lies.
    expect(await placed('--level', '1', '--region', '20,10,40,20', '--sections', '2-3')).toEqual({
      z: 50,
      y: 164,
      x: 324,
    });
    expect(await placed('--region', '0,0,40,40', '--sections', '1')).toBeUndefined();
  });

  test('a smaller scale of an OME-Zarr, and a part of it', async () => {
    await writeSections(folder.file('two.zarr'), [noise(1100, 40)]);
    const flags = ['--level', '1', '--region', '500,0,50,20'];
    const { status, stdout } = segment([...files('two.zarr', path.join(out, 'm.zarr/')), ...flags]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/1 section of 50 x 20/);
    expect(readdirSync(out)).toEqual(['m.zarr']);
    const { stderr } = segment([...files('two.zarr'), '--level', '2']);
    expect(stderr).toMatch(/level.* from 0 to 1/);
  });

  test('where a GPU is required, one is used, or what it lacks is said and nothing is written', () => {
    const { status, stdout, stderr } = segment([...files().slice(0, -2), '--require-gpu']);
    if (status === 0) expect(stdout).toMatch(/on device cuda/);
    else {
      expect(stderr).toMatch(/The device cuda cannot be used\./);
      expect(readdirSync(out)).toEqual([]);
    }
  });

  test('relative paths start where the user is', () => {
    const elsewhere = path.dirname(CLI);
    const { status } = segment(files('stack.tif', 'relative.tif'), { cwd: elsewhere, env: { INIT_CWD: folder.path } });
    expect(status).toBe(0);
    expect(folder.names()).toContain('relative.tif');
  });
});
