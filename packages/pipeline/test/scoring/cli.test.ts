import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';
import { buildTiff, greyPage } from '../../../stacks/test/support/build-tiff.ts';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'evaluate'] as const;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(cwd: string, ...flags: string[]): Promise<Ended> {
  const env = { ...process.env, INIT_CWD: cwd };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...cli, ...flags], { env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

/** A folder with labels of two sections and, in another, a prediction that merges the second. */
async function files(): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out'));
  const shape = { width: 5, height: 1, depth: 2 };
  const labels = Uint8Array.of(255, 255, 0, 255, 255, 255, 255, 0, 255, 255);
  const mask = Uint8Array.of(255, 255, 0, 255, 255, 255, 255, 255, 255, 255);
  writeFileSync(join(folder, 'labels.tif'), await encodeTiffStack({ ...shape, data: labels }));
  const small = { width: 5, height: 1, depth: 1, data: new Uint8Array(5) };
  writeFileSync(join(folder, 'small.tif'), await encodeTiffStack(small));
  writeFileSync(join(folder, 'out', 'mask.tif'), await encodeTiffStack({ ...shape, data: mask }));
  return folder;
}

describe('trainer:evaluate', () => {
  it('prints one JSON object, of files named from where the command is typed', async () => {
    const flags = ['--labels', 'labels.tif', '--prediction', 'out/mask.tif', '--json'];
    const { code, out, err } = await run(await files(), ...flags);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^\S+labels\.tif: taken as --label-kind interior: two values, of which 0 is membrane as in ISBI-2012\.\n$/,
    );
    expect(out.trimEnd()).not.toContain('\n');
    // The second section: 4 pixels in segments of 2 and 2, merged: 8 / (4 + 8).
    expect(JSON.parse(out)).toMatchObject({
      vRand: (1 + 8 / 12) / 2,
      vInfo: 0.5,
      warpingError: 0.1,
      pixelError: 0.1,
      interiorDice: 16 / 17,
      membraneDice: 2 / 3,
      interiorIou: 8 / 9,
      thresholds: { vRand: 0, warpingError: 0.5 },
      prediction: '8-bit mask: 255 is interior',
      perSection: [
        { section: 1, vRand: 1, vInfo: 1, warpingError: 0 },
        { section: 2, vRand: 8 / 12, vInfo: 0, warpingError: 0.2 },
      ],
    });
  });

  it('warns of a prediction that is turned round, on the screen and in the result', async () => {
    const folder = await files();
    const page = (...values: number[]) => greyPage(5, 1, Uint8Array.from(values), { 262: 0 });
    const pages = [page(0, 0, 255, 0, 0), page(0, 0, 255, 0, 0)];
    writeFileSync(join(folder, 'inverted.tif'), buildTiff(pages));
    const { out, err } = await run(folder, '--labels', 'labels.tif', '--prediction', 'inverted.tif', '--json');
    const said = `${join(folder, 'inverted.tif')}: White is stored as 0. The values are turned round, so that white is the highest.`;
    expect(err).toContain(`warning: ${said}`);
    expect(JSON.parse(out)).toMatchObject({ pixelError: 0, warnings: [said] });
  });

  it('counts no pixel that is ignored, by value, mask or section', async () => {
    const folder = await files();
    const shape = { width: 5, height: 1, depth: 2 };
    const write = async (name: string, ...data: number[]) =>
      writeFileSync(join(folder, name), await encodeTiffStack({ ...shape, data: Uint8Array.from(data) }));
    // The membrane that the prediction of `files` lacks, and what is right of it.
    await write('partly.tif', 1, 1, 0, 1, 1, 1, 1, 255, 0, 255);
    await write('outside.tif', 0, 0, 0, 0, 0, 0, 0, 1, 0, 1);
    await write('whole.tif', 1, 1, 0, 1, 1, 1, 1, 0, 0, 1);
    const scored = async (...flags: string[]): Promise<unknown> => {
      const asked = ['--label-kind', 'interior', '--prediction', 'out/mask.tif', '--json'];
      const { out, err } = await run(folder, ...flags, ...asked);
      return { ...(JSON.parse(out) as object), err };
    };
    const byValue = await scored('--labels', 'partly.tif', '--ignore', '255');
    expect(byValue).toMatchObject({ pixelError: 1 / 6, counted: 0.8, precision: 6 / 7, err: '' });
    expect(await scored('--labels', 'whole.tif', '--ignore-mask', 'outside.tif')).toEqual(byValue);
    expect(await scored('--labels', 'labels.tif', '--ignore-sections', '2')).toMatchObject({
      vRand: 1,
      counted: 0.5,
      perSection: [{ section: 1, vRand: 1 }],
    });
    const { out } = await run(
      folder,
      '--labels',
      'labels.tif',
      '--ignore-sections',
      '1',
      '--prediction',
      'out/mask.tif',
    );
    expect(out).toMatch(/^2 +0\.6667/m);
    expect(out).not.toMatch(/^1 /m);
    expect(out).toContain(
      '50.0% of the pixels count, in 1 section; to every measure, the others lie outside of the image.',
    );
  });

  it.each([
    [
      ['--ignore', '7'],
      /labels\.tif: no pixel has the value 7, which is to be ignored; found 0, 255\. .* leave --ignore out/,
    ],
    [['--ignore', 'x'], /It must be a number from -65535/],
    [['--ignore-mask', 'small.tif'], /small\.tif: a mask must have the size of the labels: it has 1 section of 5 x 1/],
    [['--ignore-mask', 'none.tif'], /none\.tif cannot be read/],
    [['--ignore-sections', '1-2'], /every pixel is ignored/],
    [['--ignore-sections', '3'], /--ignore-sections must be numbers from 1 to 2/],
  ])('says what is wrong with %j', async (flags, message) => {
    const folder = await files();
    const { code, err } = await run(folder, '--labels', 'labels.tif', '--prediction', 'out/mask.tif', ...flags);
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });

  it('prints a table', async () => {
    const { out } = await run(await files(), '--labels', 'labels.tif', '--prediction', 'out/mask.tif');
    expect(out).toMatch(/^section +V_Rand/);
    expect(out).toMatch(/^stack +0\.8333 +0\.5000 +0\.100000 +0\.1000 +0\.9412/m);
    expect(out).toContain('prediction: 8-bit mask: 255 is interior');
  });

  it('moves the prediction to labels that lie beside the images', async () => {
    const folder = await files();
    // The labels of `files`, as a prediction of images that lie two pixels to the left of them.
    const data = Uint8Array.of(0, 255, 255, 255, 255, 0, 255, 255, 255, 255);
    writeFileSync(join(folder, 'out', 'beside.tif'), await encodeTiffStack({ width: 5, height: 1, depth: 2, data }));
    const flags = ['--labels', 'labels.tif', '--prediction', 'out/beside.tif', '--label-offset'];
    // What comes in at the edge repeats it, so that membrane is at 0 too.
    const there = JSON.parse((await run(folder, ...flags, '0,2', '--json')).out) as {
      labelOffset: unknown;
    };
    expect(there).toMatchObject({ labelOffset: { y: 0, x: 2 }, recall: 0.5, precision: 1 });
    const { out } = await run(folder, ...flags, '-0,2');
    expect(out).toContain(
      'prediction: 8-bit mask: 255 is interior, moved to the labels by 0.00 pixels down and 2.00 right',
    );
    expect(
      JSON.parse((await run(folder, '--labels', 'labels.tif', '--prediction', 'out/beside.tif', '--json')).out),
    ).not.toHaveProperty('labelOffset');
  });

  it('takes labels whose other value is membrane, and says where a prediction seems to be the other way round', async () => {
    const folder = await files();
    const exchanged = Uint8Array.of(0, 0, 255, 0, 0, 0, 0, 255, 0, 0);
    const stack = { width: 5, height: 1, depth: 2, data: exchanged };
    writeFileSync(join(folder, 'membranes.tif'), await encodeTiffStack(stack));
    const scored = ['--labels', 'membranes.tif', '--prediction', 'labels.tif', '--json'];
    const wrong = await run(folder, ...scored);
    expect(wrong.err).toMatch(
      /^warning: .*labels\.tif: interior is predicted where .*membranes\.tif has membrane .* use --label-kind membrane; if in the prediction, invert it\.$/m,
    );
    const { warnings } = JSON.parse(wrong.out) as { warnings: string[] };
    expect(warnings).toEqual([expect.stringContaining('use `labelKind` membrane')]);
    const right = await run(folder, ...scored, '--label-kind', 'membrane');
    expect(right.err).toBe('');
    expect(JSON.parse(right.out)).toMatchObject({ vRand: 1, pixelError: 0, membraneDice: 1 });
    expect(JSON.parse(right.out)).not.toHaveProperty('warnings');
  });

  it('makes membranes of the ids of cells, as wide as is asked for', async () => {
    const folder = await files();
    // Eight cells a section, each five pixels wide; what is predicted has two pixels of membrane between them.
    const size = { width: 40, height: 3, depth: 2 };
    const place = (i: number): number => i % size.width;
    const ids = Uint16Array.from({ length: 240 }, (_, i) => 500 + Math.floor(place(i) / 5));
    const predicted = Uint8Array.from({ length: 240 }, (_, i) => ([1, 2, 3].includes(place(i) % 5) ? 255 : 0));
    // At the edge of the image there is no membrane.
    predicted.forEach((_, i) => (predicted[i] = place(i) === 0 || place(i) === 39 ? 255 : (predicted[i] as number)));
    writeFileSync(join(folder, 'ids.tif'), await encodeTiffStack({ ...size, data: ids }));
    writeFileSync(join(folder, 'predicted.tif'), await encodeTiffStack({ ...size, data: predicted }));
    const scored = ['--labels', 'ids.tif', '--prediction', 'predicted.tif', '--json'];
    const right = await run(folder, ...scored, '--boundary-width', '2');
    expect(right.err).toMatch(
      /ids\.tif: taken as --label-kind instances: 8 values in the sections that were looked at/,
    );
    expect(JSON.parse(right.out)).toMatchObject({ membraneDice: 1, pixelError: 0 });
    const wider = await run(folder, ...scored, '--label-kind', 'instances', '--boundary-width', '4');
    expect(wider.err).toBe('');
    expect((JSON.parse(wider.out) as { membraneDice: number }).membraneDice).toBeCloseTo(2 / 3, 1);
  });

  it('scores no section that has no label, and names all of them', async () => {
    const folder = await files();
    const data = Uint8Array.of(255, 255, 0, 255, 255, ...new Uint8Array(10));
    writeFileSync(join(folder, 'partly.tif'), await encodeTiffStack({ width: 5, height: 1, depth: 3, data }));
    const { code, err } = await run(folder, '--labels', 'partly.tif', '--prediction', 'partly.tif');
    expect(code).toBe(1);
    expect(err).toContain('partly.tif: sections 2 and 3 have no cell interior, as where nothing was labelled');
  });

  it.each([
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--label-kind', 'other'],
      "argument 'other' is invalid. Allowed choices are auto, interior, membrane, instances",
    ],
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--boundary-width', '1'],
      '--boundary-width must be pixels, 2 to 100; received 1',
    ],
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--boundary-width', '6'],
      '--boundary-width must be left out: it is for labels that are instances, and these are --label-kind interior',
    ],
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--label-offset', '1'],
      '--label-offset must be two numbers of pixels',
    ],
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--label-offset', '1,'],
      '--label-offset must be two numbers of pixels',
    ],
    [['--labels', 'labels.tif', '--prediction', 'labels.tif', '--label-offset', '-1,2,3'], 'received "-1,2,3"'],
    [['--labels', 'labels.tif', '--prediction', 'labels.tif', '--label-offset', '1,65'], 'each at most 64'],
    [['--labels', 'labels.tif'], '--prediction must name a file, or --model and --images one each'],
    [['--prediction', 'labels.tif'], "required option '--labels <path>' not specified"],
    [['--labels', 'labels.tif', '--model', 'm.onnx'], '--images must name the stack for --model'],
    [
      ['--labels', 'labels.tif', '--images', 'i.tif', '--symmetries'],
      '--model must name the package or ONNX file for --images',
    ],
    [['--labels', 'labels.tif', '--prediction', 'labels.tif', '--model', 'm.onnx'], '--prediction must be given alone'],
    [['--labels', 'labels.tif', '--prediction', 'labels.tif', '--images', 'i.tif'], '--prediction must be given alone'],
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--pixel-size', '8'],
      '--pixel-size needs --model and --images',
    ],
    [
      ['--labels', 'labels.tif', '--prediction', 'labels.tif', '--symmetries'],
      '--symmetries needs --model and --images',
    ],
    [['--labels', 'labels.tif', '--model', 'm.onnx', '--images', 'labels.tif'], 'm.onnx cannot be read'],
    [
      ['--labels', 'labels.tif', '--model', 'm.onnx', '--images', 'small.tif'],
      'The stack of images must have the size of the labels',
    ],
    [['--labels', 'labels.tif', '--prediction', 'none.tif'], 'none.tif cannot be read: there is no such file'],
    [['--labels', 'labels.tif', '--prediction', 'out'], 'mask.tif has 2 pages'],
    [['--labels', 'labels.tif', '--prediction', 'note.txt'], 'is neither TIFF nor PNG'],
    [['--labels', 'labels.tif', '--prediction', 'labels.tif', '--tresh', '1'], "unknown option '--tresh'"],
    [['--labels', 'labels.tif', '--prediction', 'labels.tif', 'more'], 'too many arguments'],
  ])('rejects %j', async (flags, message) => {
    const folder = await files();
    writeFileSync(join(folder, 'note.txt'), 'not an image');
    const { code, out, err } = await run(folder, ...flags);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('teaches in --help', async () => {
    const { code, out } = await run('.', '--help');
    expect(code).toBe(0);
    expect(out).toContain('npx nx run trainer:evaluate --labels labels.tif --prediction mask.tif');
  });
});
