import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GreyStack } from '@dilated-unet/core';
import { phantom } from '@dilated-unet/trainer';
import { describe, expect, it } from 'vitest';
import { parsePreview, previewRequest } from '../../src/commands/preview.ts';
import { readHtml } from '../support/html.ts';
import { writeTrainedModel } from '../support/trained-model.ts';
import { rings, writeStackFile } from '../run/fake-services.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'preview'] as const;
const run = (cwd: string, flags: readonly string[], options = ''): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [...cli, ...flags], {
    env: { ...process.env, INIT_CWD: cwd, NODE_OPTIONS: options },
  });

/** A folder with five labelled sections, `rings` or ids of cells of the phantom. */
async function stacks(kind: 'rings' | 'ids', name = 'stack'): Promise<string> {
  const folder = temporaryFolder();
  const { images, labels } = kind === 'rings' ? rings(5) : instances();
  await writeStackFile(join(folder, name, 'train-volume.tif'), images);
  await writeStackFile(join(folder, name, 'train-labels.tif'), labels);
  return folder;
}

function instances(): { images: GreyStack; labels: GreyStack } {
  const { images, cells } = phantom({ sections: 5, size: 128, seed: 7, withCells: true });
  if (cells === null) throw new Error('The phantom has cells.');
  return { images, labels: { ...cells, data: Uint16Array.from(cells.data) } };
}

/** The text between the tags, as a reader has it. */
const textOf = (html: string): string =>
  html
    .replaceAll(/<style>[^]*<\/style>|<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');

describe('trainer:preview of several stacks', () => {
  it('shows each, by its name', async () => {
    const folder = await stacks('rings', 'rings');
    const { images, labels } = instances();
    await writeStackFile(join(folder, 'cells', 'train-volume.tif'), images);
    await writeStackFile(join(folder, 'cells', 'train-labels.tif'), labels);
    const flags = ['--window', '32', '--hold-out', '1', '--no-register-labels', '--weight', '1', '--weight', '3'];
    const { stderr } = await run(folder, ['--data', 'rings', '--data', 'cells', ...flags]);
    expect(stderr).toMatch(/^rings: .*taken as --label-kind interior/m);
    expect(stderr).toMatch(/^cells: .*taken as --label-kind instances/m);
    const html = await readFile(join(folder, 'preview.html'), 'utf8');
    const { elements, errors } = readHtml(html);
    expect(errors).toEqual([]);
    const alts = elements.flatMap(({ name, attributes }) => (name === 'img' ? [attributes['alt'] as string] : []));
    for (const name of ['rings', 'cells']) {
      expect(alts.filter((alt) => alt.startsWith(`${name}, section`)).length).toBeGreaterThanOrEqual(2 * 3);
    }
    // Three charts of each.
    expect(elements.filter(({ name }) => name === 'svg')).toHaveLength(6);
    const text = textOf(html);
    expect(text).toContain('What a training sees of rings, cells');
    expect(text).toMatch(/Stack rings .*Windows 25\.0 % of all are cut from it .*Stack cells .*Windows 75\.0 % of all/);
    expect(text).toContain('Size 5 sections of 64 × 48 pixels, uint8');
    expect(text).toContain('Size 5 sections of 128 × 128 pixels, uint8');
    expect(text).toMatch(/Held out\. cells, section 5: \d+\.\d % membrane/);
    expect(text).toMatch(/cells, 5 held out \d/);
  });

  it('shows a section of each that is trained on, however many are held out', async () => {
    const folder = await stacks('rings', 'a');
    const { images, labels } = instances();
    await writeStackFile(join(folder, 'b', 'train-volume.tif'), images);
    await writeStackFile(join(folder, 'b', 'train-labels.tif'), labels);
    const flags = ['--window', '32', '--hold-out', '2', '--no-register-labels'];
    await run(folder, ['--data', 'a', '--data', 'b', ...flags]);
    const text = textOf(await readFile(join(folder, 'preview.html'), 'utf8'));
    expect(text).toMatch(/(?<!Held out\. )a, section [123]: \d+\.\d % membrane/);
    expect(text).toMatch(/(?<!Held out\. )b, section [123]: \d+\.\d % membrane/);
  });
});

describe('trainer:preview', () => {
  const few = ['--data', 'stack', '--window', '32', '--hold-out', '2', '--no-register-labels'];

  it('writes one page of its own, with what was read, decided and trained on', async () => {
    const folder = await stacks('rings');
    const flags = [...few, '--hold-out-from', '1', '--batch-size', '5', '--augmentation', 'rotation,noise'];
    const { stdout, stderr } = await run(folder, flags);
    expect(stdout).toMatch(/^preview\.html \(.*B\): open it in a browser\.\n$/);
    expect(stderr).toContain('taken as --label-kind interior');
    expect((await readdir(folder)).sort()).toEqual(['preview.html', 'stack']);

    const html = await readFile(join(folder, 'preview.html'), 'utf8');
    const { elements, errors } = readHtml(html);
    expect(errors).toEqual([]);
    expect(elements.filter(({ name }) => name === 'h1')).toHaveLength(1);
    expect(elements.filter(({ name }) => ['script', 'link', 'iframe'].includes(name))).toEqual([]);
    const pictures = elements.filter(({ name }) => name === 'img');
    // Five sections and twelve windows, with and without their labels.
    expect(pictures).toHaveLength(2 * (5 + 12));
    for (const { attributes } of pictures) {
      expect(attributes['src']).toMatch(/^data:image\/jpeg;base64,/);
      expect(attributes['alt']).toMatch(/^(Section \d|Step \d, window \d)/);
    }
    expect(elements.filter(({ name }) => name === 'svg').every(({ attributes }) => attributes['aria-label'])).toBe(
      true,
    );

    const text = textOf(html);
    expect(text).toMatch(/train-labels\.tif: taken as --label-kind interior: 0 is the darker one/);
    expect(text).toContain('Preset isbi-quick: taken, as no other was named.');
    expect(text).toContain('Size 5 sections of 64 × 48 pixels, uint8');
    expect(text).toContain('Pixel the files state no size');
    expect(text).toContain('Trained on 3 sections: 1, 4–5');
    expect(text).toContain('Held out 2 sections: 2–3');
    expect(text).toMatch(/Held out\. Section 2: \d+\.\d % membrane/);
    expect(text).toMatch(/Step 1, window 5: \d+\.\d % membrane/);
    expect(text).toContain('Step 3, window 2: ');
    expect(text).not.toContain('Step 3, window 3: ');
    expect(text).toMatch(/--augmentation rotation 180; noise 0\.15 --seed 865/);
    expect(text).not.toContain('Warning');
  });

  it('paints what does not count, and counts sections with labels alone', async () => {
    const folder = await stacks('rings');
    await run(folder, [...few, '--ignore-sections', '2,4']);
    const html = await readFile(join(folder, 'preview.html'), 'utf8');
    expect(textOf(html)).toContain('60.0% of the pixels count; sections 2 and 4 have none, and are passed over.');
    expect(textOf(html)).toMatch(/Trained on 2 sections: 1, 3 Held out 1 section: 5 /);
    // What is passed over is not there, so there is nothing to explain.
    expect(html).not.toContain('not counted');

    const { labels } = rings(5);
    labels.data.fill(77, 0, labels.width * 10);
    await writeStackFile(join(folder, 'stack', 'train-labels.tif'), labels);
    await run(folder, [...few, '--ignore', '77']);
    expect(await readFile(join(folder, 'preview.html'), 'utf8')).toContain('not counted');
  });

  it('shows labels that cannot be registered, with what is wrong with them', async () => {
    const folder = temporaryFolder();
    const { images, labels } = phantom({ sections: 5, size: 128, seed: 7 });
    const data = labels.data.map((_, i) => {
      const [z, y, x] = [i - (i % 128 ** 2), Math.floor(i / 128) % 128, i % 128];
      return labels.data[z + x * 128 + y] as number;
    });
    await writeStackFile(join(folder, 'stack', 'train-volume.tif'), images);
    await writeStackFile(join(folder, 'stack', 'train-labels.tif'), { ...labels, data });
    const { stderr } = await run(folder, ['--data', 'stack', '--window', '32', '--hold-out', '1']);
    expect(stderr.match(/warning: /g)).toHaveLength(1);
    const text = textOf(await readFile(join(folder, 'preview.html'), 'utf8'));
    expect(text).toMatch(/the labels seem to be exchanged in x and y: .* A training refuses this\./);
    expect(text).not.toContain('Labels lie');
  });

  it('shows what a training sees that begins from a model of other pixels', async () => {
    const folder = await stacks('rings');
    await writeTrainedModel(join(folder, 'axons'), 'unet-a', { pixelSize: 4 });
    const { stderr } = await run(folder, [...few, '--init', 'axons', '--data-pixel-size', '8']);
    const resampled =
      /pixels of 8 nm are resampled to 4 nm, the size of the model .*; sections of 64 x 48 become 128 x 96/;
    expect(stderr).toMatch(resampled);
    const text = textOf(await readFile(join(folder, 'preview.html'), 'utf8'));
    expect(text).toMatch(resampled);
    expect(text).toContain('Pixel of the training 4 nm');
    expect(text).toMatch(/--init \S+axons/);
  });

  it('makes membranes of ids, says where the labels lie, and needs no TensorFlow', async () => {
    const folder = await stacks('ids', '<b>&');
    const spy = join(folder, 'spy.cjs');
    const found = join(folder, 'found.json');
    await writeFile(
      spy,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(found)},
         JSON.stringify(process.report.getReport().sharedObjects)));`,
    );
    const flags = ['--data', '<b>&', '--window', '64', '--boundary-width', '4', '--register-labels', '--out', 'p.html'];
    await run(folder, [...flags, '--hold-out', '1', '--normalise', 'section'], `--require ${spy}`);
    const libraries = JSON.parse(await readFile(found, 'utf8')) as string[];
    expect(libraries.some((path) => path.includes('sharp'))).toBe(true);
    expect(libraries.filter((path) => /tensorflow|tfjs/.test(path))).toEqual([]);

    const html = await readFile(join(folder, 'p.html'), 'utf8');
    expect(readHtml(html).errors).toEqual([]);
    const text = textOf(html);
    expect(text).toContain('What a training sees of <b>&/train-volume.tif');
    expect(text).toContain('ids of cells (--label-kind instances); membranes between cells are made 4 pixels wide');
    expect(text).toMatch(
      /Labels lie \d\.\d\d pixels (above|below) and \d\.\d\d (left|right) of the tissue, and are moved onto it for training/,
    );
    expect(text).toContain('Normalised by each section’s own mean and standard deviation');
    expect(text).toContain('--boundary-width 4');
  });

  it('shows warnings first, and a section that is labelled unlike the others', async () => {
    const folder = await stacks('rings');
    const { images, labels } = rings(5);
    const data = Uint8Array.from(labels.data, (label, i) => (i < 3 * 3072 || i >= 3 * 3072 + 2000 ? 255 - label : 0));
    await writeStackFile(join(folder, 'stack', 'train-labels.tif'), { ...images, data });
    const { stderr } = await run(folder, [...few, '--label-kind', 'interior']);
    expect(stderr).toContain('warning: ');
    const text = textOf(await readFile(join(folder, 'preview.html'), 'utf8'));
    expect(text.indexOf('Warning')).toBeGreaterThan(0);
    expect(text.indexOf('Warning')).toBeLessThan(text.indexOf('What was read'));
    expect(text).toMatch(/Unlike their neighbours: section 4 \(\d\d\.\d %\)/);
  });

  it.each([
    [[...few, '--boundary-width', '4'], '--boundary-width must be left out: it is for labels that are instances'],
    [['--data', 'stack', '--window', '64'], 'smaller than the training window of 64 x 64. Choose a smaller --window'],
    [['--data', 'none'], '--data must be the path of a file or folder that exists'],
    [['--out', 'page.tif'], '--out must end in .html: it is a page; received "page.tif".'],
    [['--out', 'no/page.html'], '--out must be in a folder that exists'],
    [[...few, '--hold-out', '1'], '--hold-out must be given once'],
    [['--data', 'stack', '--window', '32', '--hold-out', '5'], '--hold-out must be an integer from 0 to 4'],
  ])('refuses %j as a training does, and writes nothing', async (flags, message) => {
    const folder = await stacks('rings');
    const error = await run(folder, flags).catch((e: unknown) => e as { code: number; stderr: string });
    expect(error).toMatchObject({ code: 1, stdout: '' });
    expect(error.stderr).toMatch(message);
    expect(error.stderr).not.toContain('    at ');
    expect(await readdir(folder)).toEqual(['stack']);
  });

  it('stops at Ctrl-C in the middle of its work, and leaves no page but the one that was there', async () => {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'preview.html'), 'an older page');
    // The phantom is made by one loop of seconds, which hears no signal.
    const child = spawn(process.execPath, cli, { env: { ...process.env, INIT_CWD: folder } });
    let [stderr, stdout] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr === '') child.kill('SIGINT');
      stderr += text;
    });
    const [, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    expect(by).toBe('SIGINT');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/making the phantom.*\nStopped; no page was written\.\n$/s);
    // It was not waited for until the phantom was there.
    expect(stderr).not.toContain('drawing the page');
    expect(await readdir(folder)).toEqual(['preview.html']);
    expect(await readFile(join(folder, 'preview.html'), 'utf8')).toBe('an older page');
  });

  it('teaches in --help', async () => {
    const { stdout } = await run('.', ['--help']);
    expect(stdout).toContain('Usage: npx nx run trainer:preview [flags]');
    expect(stdout).toContain('npx nx run trainer:preview --data path/to/stack --label-kind instances');
  });
});

describe('the flags of preview', () => {
  const request = async (...argv: string[]) => {
    const parsed = parsePreview(argv);
    if (parsed.kind !== 'run') throw new Error('Help instead of a test.');
    return previewRequest(parsed, temporaryFolder());
  };

  it('are those of a training, by the same presets', async () => {
    const { config, decisions } = await request();
    expect(config).toMatchObject({ data: { kind: 'phantom' }, window: 128, batchSize: 2, holdOut: 6 });
    expect(decisions).toEqual(['Preset phantom-quick: taken, as no other was named.']);
    const typed = await request('--window', '64', '--augmentation', 'noise', '--seed', '7', '--normalise', 'section');
    expect(typed.config).toMatchObject({ window: 64, seed: 7, normalise: 'section', augmentation: { noise: 0.15 } });
  });

  it.each(['--lr', '--epochs', '--variant', '--resume', '--patience', '--filters'])(
    'have no %s, which would do nothing',
    async (flag) => {
      await expect(request(flag, '1')).rejects.toThrow(`Unknown option '${flag}'`);
    },
  );
});
