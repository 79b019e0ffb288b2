import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { translateStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import type { LabelOffsets } from '../../src/label-offset/label-offsets.ts';
import { rings, writeStackFile } from '../run/fake-services.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';
import { buildTiff, greyPage } from '../../../stacks/test/support/build-tiff.ts';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'label-offset'] as const;

const run = (cwd: string, ...flags: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [...cli, ...flags], { env: { ...process.env, INIT_CWD: cwd } });

/** A folder with three sections whose labels lie one pixel below and two left; the second has no membrane. */
async function files(): Promise<string> {
  const folder = temporaryFolder();
  const { images, labels } = rings(3);
  const beside = Uint8Array.from(translateStack(labels, { y: 1, x: -2 }).data);
  beside.fill(255, beside.length / 3, (2 * beside.length) / 3);
  await writeStackFile(join(folder, 'images.tif'), images);
  await writeStackFile(join(folder, 'labels.tif'), { ...labels, data: beside });
  await writeStackFile(join(folder, 'few.tif'), rings(2).images);
  const noise = images.data.map((_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
  await writeStackFile(join(folder, 'noise.tif'), { ...images, data: Uint8Array.from(noise) });
  await writeStackFile(join(folder, 'blank.tif'), {
    ...images,
    data: Uint8Array.from(images.data).fill(190, 0, 64 * 48),
  });
  return folder;
}

describe('trainer:label-offset', () => {
  const both = ['--images', 'images.tif', '--labels', 'labels.tif'];

  it('prints one JSON object, of files named from where the command is typed', async () => {
    const offsets = JSON.parse((await run(await files(), ...both, '--json')).stdout) as LabelOffsets;
    expect(Math.abs(offsets.y - 1)).toBeLessThan(0.2);
    expect(Math.abs(offsets.x + 2)).toBeLessThan(0.2);
    expect(offsets.correlation).toBeGreaterThan(0.5);
    expect(offsets.perSection.map(({ section, offset }) => [section, offset === null])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
    expect(Math.abs((offsets.perSection[2]?.offset?.x ?? 0) + 2)).toBeLessThan(0.2);
  });

  it('is of one stack', async () => {
    const second = run(await files(), ...both, '--images', 'few.tif');
    await expect(second).rejects.toThrow('--images must be given once; received "images.tif and few.tif".');
  });

  it('says what a training would refuse or warn of', async () => {
    const folder = await files();
    expect((await run(folder, ...both)).stderr).toMatch(
      /^warning: .*labels\.tif: section 2 has no membrane, as where nothing was labelled/m,
    );
    const exchanged = await run(folder, ...both, '--label-kind', 'membrane');
    expect(exchanged.stderr).toContain('labels.tif: section 2 has no cell interior');
    expect(exchanged.stderr).toMatch(/bright is labelled as membrane: .*use --label-kind interior\./);
    expect(exchanged.stdout).toMatch(/^stack +\d\.\d\d +-\d\.\d\d +-0\.\d\d$/m);
  });

  it('says that images are turned round', async () => {
    const folder = await files();
    const { width, height, depth, data } = rings(3).images;
    const inverted = Uint8Array.from(data, (value) => 255 - value);
    const pages = Array.from({ length: depth }, (_, z) =>
      greyPage(width, height, inverted.subarray(z * width * height, (z + 1) * width * height), { 262: 0 }),
    );
    writeFileSync(join(folder, 'inverted.tif'), buildTiff(pages));
    const { stderr } = await run(folder, '--images', 'inverted.tif', '--labels', 'labels.tif');
    expect(stderr).toMatch(/^warning: .*inverted\.tif: White is stored as 0\. The values are turned round/m);
  });

  it('compares what counts', async () => {
    const folder = await files();
    const { stdout, stderr } = await run(folder, ...both, '--ignore-sections', '2', '--json');
    expect(stderr).not.toContain('warning');
    const offsets = JSON.parse(stdout) as LabelOffsets;
    expect(Math.abs(offsets.y - 1)).toBeLessThan(0.2);
    expect(offsets.perSection[1]).toEqual({ section: 2, offset: null });
    const blank = ['--images', 'blank.tif', '--labels', 'labels.tif'];
    expect((await run(folder, ...blank, '--ignore-sections', '1,2', '--json')).stdout).toContain('"section":3');
    await expect(run(folder, ...both, '--ignore', '7')).rejects.toThrow('labels.tif: no pixel has the value 7');
  });

  it('prints a table', async () => {
    const { stdout } = await run(await files(), ...both);
    expect(stdout).toMatch(/^section +down +right +correlation/);
    expect(stdout).toMatch(/^2 +- +- +-$/m);
    expect(stdout).toMatch(/^stack +\d\.\d\d +-\d\.\d\d +0\.\d\d$/m);
  });

  it.each([
    [['--labels', 'labels.tif'], "required option '--images <path>' not specified"],
    [['--images', 'few.tif', '--labels', 'labels.tif'], 'The stack of images must have the size of the labels'],
    [['--images', 'none.tif', '--labels', 'labels.tif'], 'none.tif cannot be read'],
    [['--images', 'labels.tif', '--labels', 'images.tif'], 'Are labels and images exchanged?'],
    [
      ['--images', 'noise.tif', '--labels', 'labels.tif', '--label-kind', 'interior'],
      /labels\.tif: Labels and images do not go together: .* train with the labels as they lie\. \(--no-register-labels\)/,
    ],
    [['--images', 'noise.tif', '--labels', 'labels.tif'], 'cannot tell which of the two values is membrane'],
    [
      ['--images', 'blank.tif', '--labels', 'labels.tif'],
      'blank.tif: every pixel of section 1 has the grey value 190.',
    ],
  ])('rejects %j', async (flags, message) => {
    const error = await run(await files(), ...flags).catch((e: unknown) => e as { code: number; stderr: string });
    expect(error).toMatchObject({ code: 1 });
    expect(error.stderr).toMatch(message);
    expect(error.stderr).not.toContain('    at ');
  });

  const real = resolve(import.meta.dirname, '../../../../../shared/data/isbi-2012');

  it('finds the labels of ISBI-2012 above their membranes, in every section', async (context) => {
    if (!existsSync(real)) return context.skip(`${real} is absent`);
    const { stdout } = await run(real, '--images', 'train-volume.tif', '--labels', 'train-labels.tif', '--json');
    const { perSection, y, x } = JSON.parse(stdout) as LabelOffsets;
    expect(y).toBeCloseTo(-0.6, 1);
    expect(x).toBeCloseTo(-0.16, 1);
    expect(perSection).toHaveLength(30);
    for (const { section, offset } of perSection) {
      expect(offset?.y, `section ${section}`).toBeLessThan(-0.3);
      expect(offset?.y, `section ${section}`).toBeGreaterThan(-0.9);
    }
  });
});
