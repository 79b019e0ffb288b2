import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { applySymmetry, cellInstances, inverseSymmetry, section, SYMMETRIES, type GreyImage } from '@dilated-unet/core';
import { encodeTiffStack, stackSource } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSegmenter, openStack, readImage, readStack } from '../src/index.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noise, noiseStack } from '../../stacks/test/support/images.ts';
import { largestDifference } from './support/images.ts';
import { model } from './support/models.ts';
import { mountTmpfs } from '../../host/test/support/tmpfs.ts';
import { buildTiff, greyPage, type BuiltPage } from '../../stacks/test/support/build-tiff.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = temporaryFolder();
const stack = noiseStack(120, 80, 3);
/** The folder of the outputs, empty before each test. */
let out = '';
let outs = 0;

beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model());
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(stack));
  writeFileSync(folder.file('large.tif'), await encodeTiffStack(noiseStack(512, 512, 12)));
  writeFileSync(folder.file('wide.tif'), await encodeTiffStack(noiseStack(640, 200, 2)));
  const { width, height, data } = noise(120, 80);
  await sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(folder.file('grey.png'));
  await sharp(noise(360, 80).data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(folder.file('colour.png'));
  mkdirSync(folder.file('none'));
  mkdirSync(folder.file('slices'));
  for (const [z, name] of ['s1.png', 's2.png', 's10.png'].entries()) {
    await sharp(section(stack, z).data, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(folder.file(`slices/${name}`));
  }
  await writeSections(folder.file('own.zarr'), [noise(120, 80)]);
  symlinkSync('own.zarr', folder.file('link'));
  writeFileSync(folder.file('text.tif'), 'no image');
  writeFileSync(folder.file('empty.tif'), '');
  const broken = Float32Array.from(stack.data);
  broken[2 * 120 * 80 + 2 * 120 + 5] = NaN;
  writeFileSync(folder.file('nan.tif'), await encodeTiffStack({ ...stack, data: broken }));
  writeFileSync(folder.file('cut.tif'), readFileSync(folder.file('stack.tif')).subarray(0, 9_000));
});

beforeEach(() => {
  out = folder.file(`out ${outs++}`);
  mkdirSync(out);
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { INIT_CWD: _, ...env } = process.env;
  return { ...env, ...more };
}

/** Runs the command in the folder of the test's files. */
function segment(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Outcome {
  const { cwd = folder.path, env } = options;
  return spawnSync(process.execPath, [CLI, ...args], { cwd, env: environment(env), encoding: 'utf8' });
}

function files(input = 'stack.tif', output = path.join(out, 'mask.tif')): string[] {
  return ['--model', 'model.onnx', '--input', input, '--output', output, '--device', 'cpu'];
}

describe('output', () => {
  test('a mask of each page, as the library computes it; the device is told', async () => {
    const { status, stdout, stderr } = segment([...files(), '--threads', '1']);
    expect({ status, stderr }).toEqual({
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

describe('the command line teaches', () => {
  test('--help has examples', () => {
    const { status, stdout } = segment(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Examples:[^]*npx nx run runtime-node:segment --model/);
  });

  test.each([
    { args: ['--modle', 'x'], message: /unknown option '--modle'[^]*Allowed: .*--model <path>/ },
    { args: [], message: /required option '--input <path>' not specified/ },
    { args: [...['--model', 'model.onnx', '--input', 'stack.tif']], message: /required option '--output <path>'/ },
    { args: ['--device', 'tpu'], more: true, message: /'tpu' is invalid. Allowed choices are auto, cpu, cuda/ },
    {
      args: ['--require-gpu', '--device', 'cpu'],
      more: true,
      message: /'--require-gpu' cannot be used with option '--device <name>'/,
    },
    { args: ['--tile', 'big'], more: true, message: /'big' is invalid. It must be an integer of at least 8/ },
    { args: ['--tile', ''], more: true, message: /It must be an integer/ },
    { args: ['--threads', '0'], more: true, message: /'0' is invalid. It must be an integer of at least 1/ },
    { args: ['--threshold', '2'], more: true, message: /'2' is invalid. It must be a number from 0 to 1/ },
    {
      args: ['--threshold', '0.4', '--probabilities'],
      more: true,
      message: /--threshold must not be given for the result probabilities; it is for mask, instances; received 0.4/,
    },
    {
      args: ['--probabilities', '--result', 'mask'],
      more: true,
      message: /cannot be used with option '--probabilities'/,
    },
    { args: ['--result', 'cells'], more: true, message: /Allowed choices are mask, probabilities, instances/ },
    {
      args: ['--min-size', '5'],
      more: true,
      message: /--min-size must not be given for the result mask; it is for instances/,
    },
    { args: ['--seeds', 'distance'], more: true, message: /--seeds must not be given for the result mask/ },
    {
      args: ['--dtype', 'uint8'],
      more: true,
      message: /--dtype must not be given for the result mask; it is for probabilities/,
    },
    { args: ['--result', 'instances', '--min-size', '-1'], more: true, message: /integer of at least 0/ },
    {
      args: ['--result', 'instances', '--seeds', 'peaks'],
      more: true,
      message: /Allowed choices are h-maxima, distance/,
    },
    {
      args: ['--result', 'instances', '--seed-height', '3'],
      more: true,
      message: /--seed-height must be a probability, from 0 to 1, for seeds by h-maxima/,
    },
    { args: ['--sections', '0'], more: true, message: /'0' is invalid. It must be numbers from 1/ },
    { args: ['--sections', '3-1'], more: true, message: /'3-1' is invalid/ },
    { args: ['--sections', '1-2-3'], more: true, message: /'1-2-3' is invalid/ },
    { args: ['--sections', '1,,2'], more: true, message: /'1,,2' is invalid/ },
    {
      args: ['--sections', '2-999999999'],
      more: true,
      message: /--sections must be from 1 to 3, the sections of the stack/,
    },
    { args: ['--region', '0,0,10'], more: true, message: /'0,0,10' is invalid. It must be four whole numbers/ },
    { args: ['--region', '-1,0,10,10'], more: true, message: /It must be four whole numbers/ },
    { args: ['--region', '0,0,0,10'], more: true, message: /It must be four whole numbers/ },
    {
      args: ['--region', '100,0,21,10'],
      more: true,
      message: /--region must be whole pixels .* inside of the sections of 120 x 80/,
    },
    { args: ['extra'], more: true, message: /too many arguments/ },
  ])('$args', ({ args, more = false, message }) => {
    const { status, stderr } = segment([...(more ? files() : []), ...args]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('bad input ends with 1 and one line, and leaves nothing', () => {
  const to = (name: string): string => path.join(out, name);
  test.each([
    { what: 'no input', args: () => files('none.tif'), message: /none\.tif cannot be read: there is no such file/ },
    { what: 'a folder of all sorts', args: () => files('.'), message: /colour\.png: The picture is in colour/ },
    { what: 'a folder without sections', args: () => files('none'), message: /none has no sections/ },
    {
      what: 'a section as output',
      args: () => files('slices', folder.file('slices/s2.png')),
      message: /would be lost/,
    },
    { what: 'an empty file', args: () => files('empty.tif'), message: /empty\.tif is empty/ },
    { what: 'a text', args: () => files('text.tif'), message: /neither TIFF nor PNG/ },
    { what: 'a TIFF cut off', args: () => files('cut.tif'), message: /cut\.tif: / },
    {
      what: 'colour',
      args: () => files('colour.png'),
      message: /colour\.png: The picture is in colour: the pixel at .*Choose a channel with --channel: 1 \(red\)/,
    },
    {
      what: 'a value in the last section that is none',
      args: () => files('nan.tif'),
      message:
        /nan\.tif: Section 3 has the value NaN at x 5, y 2; all grey values must be finite\. Replace such pixels\./,
    },
    { what: 'no model', args: () => [...files(), '--model', 'none.onnx'], message: /none\.onnx cannot be read/ },
    {
      what: 'a model that is none',
      args: () => [...files(), '--model', 'stack.tif'],
      message: /stack\.tif: This is not an ONNX model/,
    },
    {
      what: 'a folder that is missing',
      args: () => files('stack.tif', to('nowhere/m.tif')),
      message: /--output must be in a folder that exists/,
    },
    { what: 'an ending that is unknown', args: () => files('stack.tif', to('m.jpg')), message: /--output must end in/ },
    {
      what: 'probabilities as PNG',
      args: () => [...files('grey.png', to('p.png')), '--probabilities'],
      message: /--output must end in \.tif, \.tiff or \.zarr for probabilities: PNG/,
    },
    {
      what: 'a folder that is not empty',
      args: () => files('stack.tif', folder.file('slices')),
      message: /--output must be a new folder or an empty one/,
    },
    {
      what: 'many pages as PNG',
      args: () => files('stack.tif', to('m.png')),
      message: /--output must end in \.tif or \.zarr, or in \/ for a folder, for 3 sections; a PNG holds 1/,
    },
    { what: 'a device file', args: () => files('stack.tif', '/dev/full'), message: /--output must end in/ },
    {
      what: 'a tile that is too small',
      args: () => [...files('large.tif'), '--tile', '64'],
      message: /^error: --tile must be at least 200/m,
    },
    { what: 'the input as output', args: () => files('stack.tif', folder.file('stack.tif')), message: /would be lost/ },
    {
      what: 'an OME-Zarr as output',
      args: () => files('own.zarr', folder.file('own.zarr/')),
      message: /would be lost/,
    },
    {
      what: 'a scale of the output',
      args: () => files('own.zarr/0', folder.file('own.zarr')),
      message: /would be lost/,
    },
    { what: 'a link to the output', args: () => files('link/0', folder.file('own.zarr')), message: /would be lost/ },
  ])('$what', ({ args, message }) => {
    const { status, stderr } = segment(args());
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/defect|\n\s+at /);
    expect(status).toBe(1);
    expect(readdirSync(out)).toEqual([]);
    expect(readFileSync(folder.file('stack.tif')).byteLength).toBeGreaterThan(28_800);
  });

  test('a full disk', ({ skip }) => {
    const disk = mountTmpfs('64k');
    if (disk === undefined) return skip('mounting a small disk needs root');
    try {
      const { status, stderr } = segment([...files('large.tif', path.join(disk.path, 'p.tif')), '--probabilities']);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /error: .*p\.tif\.parts\/section-000001\.tif cannot be written: no space is left on the disk/,
      );
      expect(readdirSync(disk.path)).toEqual([]);
    } finally {
      disk.remove();
    }
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s keeps what was there and what is done, and says how to go on',
  async (signal) => {
    const output = path.join(out, 'mask.tif');
    writeFileSync(output, 'an older result');
    const child = spawn(process.execPath, [CLI, ...files('large.tif', output)], {
      cwd: folder.path,
      env: environment(),
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const waiting = setInterval(() => {
      const isBegun = existsSync(`${output}.parts`) && readdirSync(`${output}.parts`).includes('section-000001.tif');
      if (!isBegun) return;
      // Once: a second Ctrl-C ends the process at once.
      clearInterval(waiting);
      child.kill(signal);
    }, 5);
    const ended = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
    clearInterval(waiting);
    expect(ended).toBe(signal);
    expect(stderr).toMatch(
      /\d+ of 12 sections are there; left: .*The same command goes on from there\.\nStopped; no output was written/,
    );
    expect(readdirSync(out).sort()).toEqual(['mask.tif', 'mask.tif.parts']);
    expect(readdirSync(`${output}.parts`).filter((name) => !/^(plan\.json|section-\d+\.tif)$/.test(name))).toEqual([]);
    expect(readFileSync(output, 'utf8')).toBe('an older result');
    const status = segment(['--output', output, '--status']);
    expect(status).toMatchObject({ status: 3, stderr: '' });
    expect(status.stdout).toMatch(/^\d+ of 12 sections are there; left: .*-12\n/);
    expect(segment(files('large.tif', output))).toMatchObject({ status: 0 });
    expect(readdirSync(out)).toEqual(['mask.tif']);
    expect(segment(['--output', output, '--status']).status).toBe(0);
  },
);

test.each([
  { args: ['--part', '3/2'], message: /'3\/2' is invalid. It must be i\/n with i from 1 to n/ },
  { args: ['--part', 'auto'], message: /--part must be a number.*SLURM_ARRAY_TASK_ID/ },
])('$args', ({ args, message }) => {
  const { status, stderr } = segment([...files(), ...args]);
  expect(stderr).toMatch(message);
  expect(status).toBe(1);
});
