import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { phantom } from '@dilated-unet/trainer';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/write-report.ts';
import type { ExperimentResults } from '../../src/experiment/results.ts';
import { fabricateExperiment, type FabricatedExperiment } from '../support/experiment-results.ts';
import { readHtml } from '../support/html.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

interface Written {
  readonly out: string;
  readonly html: string;
  readonly markdown: string;
}

async function written(results: ExperimentResults, out: string): Promise<Written> {
  const paths = await writeReport(results, out, { now: new Date('2026-11-24T12:00:00Z') });
  expect(paths).toEqual({ markdown: join(out, 'report.md'), html: join(out, 'report.html') });
  return { out, html: readFileSync(paths.html, 'utf8'), markdown: readFileSync(paths.markdown, 'utf8') };
}

async function reportOf(options: FabricatedExperiment): Promise<Written> {
  const out = temporaryFolder();
  return written(await fabricateExperiment(out, options), out);
}

const links = (markdown: string): string[] =>
  [...markdown.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path ?? '');

/** Whatever a report has, its page needs no other file and its Markdown refers to pictures that are there. */
async function expectSound({ out, html, markdown }: Written): Promise<void> {
  const { elements, errors } = readHtml(html);
  expect(errors).toEqual([]);
  for (const { name, attributes } of elements) {
    for (const reference of ['src', 'srcset', 'href', 'xlink:href', 'data']) {
      const target = attributes[reference];
      if (target === undefined || (name === 'a' && reference === 'href')) continue;
      expect(target.slice(0, 11)).toBe('data:image/');
    }
    if (name === 'img') expect(attributes['alt']).toMatch(/\w{3}/);
  }
  expect(html.match(/<title>[\w ]{3,}<\/title>/g) ?? []).toHaveLength(html.split('role="img"').length - 1);
  expect(elements.map(({ name }) => name)).not.toContain('script');
  expect(html).not.toMatch(/url\(|@import/);
  const pictures = links(markdown);
  expect(new Set(pictures).size).toBe(pictures.length);
  for (const path of pictures) await expect(sharp(join(out, path)).metadata()).resolves.toHaveProperty('width');
  expect(readdirSync(join(out, 'report')).sort()).toEqual(pictures.map((path) => path.replace('report/', '')).sort());
  expect([...readdirSync(out), ...readdirSync(join(out, 'report'))].filter((name) => name.endsWith('.trial'))).toEqual(
    [],
  );
}

describe('writeReport', () => {
  it('reports folds and seeds with test stack and symmetries, some trials missing', async () => {
    const out = temporaryFolder();
    const test = phantom({ sections: 3, size: 64, seed: 9 });
    const results = await fabricateExperiment(out, {
      protocol: 'kfold',
      folds: 3,
      seeds: 2,
      test,
      symmetries: true,
      missing: [2, 3],
    });
    const failed = results.trials.map((one) =>
      one.trial.index === 3 ? { ...one, failure: 'The disk <is> full.' } : one,
    );
    const report = await written({ ...results, trials: failed }, out);
    await expectSound(report);
    const { html, markdown } = report;
    expect(markdown).toContain('10 of 12 trials have a result');
    expect(markdown).toContain('2 of 12 trials are in no number above: 1 not run to the end, 1 failed.');
    expect(markdown).toMatch(/Trial 3, U-net, fold 2, seed 865, in `.*`: `The disk <is> full\.`/);
    expect(html).toContain('<code>The disk &lt;is&gt; full.</code>');
    expect(markdown).toContain('(n = 4, 6)');
    expect(markdown).toContain('blocks (sections 1–2, 3–4, 5–6 of 6)');
    expect(markdown).toContain('averaged over the eight symmetries');
    expect(markdown).toContain(results.command);
    expect(markdown).toContain('TensorFlow 2.21.0');
    expect(markdown).toContain('report written: 2026-11-24');
    const frames = async (name: string) =>
      (await sharp(join(out, 'report', name), { animated: true }).metadata()).pages;
    expect(await frames('training-stack.webp')).toBe(6);
    expect(await frames('test-stack-unet.webp')).toBe(3);
    expect(await frames('test-stack-dilated-unet.webp')).toBe(3);
  });

  it('shows the held-out sections where there is no test stack', async () => {
    const report = await reportOf({ protocol: 'holdout' });
    await expectSound(report);
    const animation = sharp(join(report.out, 'report', 'held-out-sections-unet.webp'), { animated: true });
    expect((await animation.metadata()).pages).toBe(2);
    expect(report.markdown).toContain('One run of a network has no spread');
  });

  it('reports the original’s protocol without a held-out table', async () => {
    const report = await reportOf({ protocol: 'original', variants: ['unet', 'unet-a'] });
    await expectSound(report);
    expect(report.markdown).toContain('Nothing is held out.');
    expect(report.markdown).not.toContain('Held-out sections');
    expect(report.markdown).toContain('| *in the original’s table* | 0.106 | 0.0864 |');
    expect(report.markdown).toContain('Predictions of sections trained on');
  });

  it('can report that nothing was run yet', async () => {
    const report = await reportOf({ protocol: 'kfold', folds: 2, missing: [1, 2, 3, 4] });
    await expectSound(report);
    expect(links(report.markdown)).toEqual(['report/training-stack.webp']);
    expect(report.markdown).toContain('4 of 4 trials are in no number above: 4 not run to the end, 0 failed.');
  });

  it('names a picture whose files are gone, and keeps the numbers', async () => {
    const out = temporaryFolder();
    const results = await fabricateExperiment(out, { protocol: 'holdout' });
    rmSync(join(out, 'trials', 'unet-fold1-seed865', 'held-out', 'probabilities.tif'));
    const report = await written(results, out);
    await expectSound(report);
    expect(report.markdown.match(/No picture of U-net, fold 1, seed 865: `.*probabilities\.tif/g)).toHaveLength(2);
    expect(report.markdown).toMatch(/\| V_Rand ↑ \| [\d.]+ \| [\d.]+ \|/);
    expect(existsSync(join(out, 'report', 'overlay-dilated-unet.jpg'))).toBe(true);
  });

  it('stops while it draws, and leaves no report', async () => {
    const out = temporaryFolder();
    const results = await fabricateExperiment(out, { protocol: 'holdout' });
    const stop = new AbortController();
    const drawn: number[] = [];
    const onProgress = ({ done = 0 }: { readonly done?: number }): void => {
      drawn.push(done);
      if (done === 1) stop.abort(new Error('Stopped.'));
    };
    await expect(writeReport(results, out, { onProgress, signal: stop.signal })).rejects.toThrow('Stopped.');
    expect(drawn).toEqual([0, 1]);
    expect(existsSync(join(out, 'report.md'))).toBe(false);
  });

  it('states the versions that trained, where the trials say them', async () => {
    const out = temporaryFolder();
    const results = await fabricateExperiment(out, { protocol: 'holdout' });
    const versions = { package: '1', node: '20.18.3', tensorflow: '2.21.0', tf2onnx: '1', onnxruntime: '1' };
    const trials = results.trials.map((one, k) =>
      one.result === null || k === 0 ? one : { ...one, result: { ...one.result, versions } },
    );
    expect((await written({ ...results, trials }, out)).markdown).toContain(
      'versions: Node 20.18.3, TensorFlow 2.21.0',
    );
    expect((await written(results, out)).markdown).toContain('versions: TensorFlow 2.21.0');
  });

  it('escapes what the user named', async () => {
    const out = temporaryFolder();
    const results = await fabricateExperiment(out, { protocol: 'original', variants: ['unet'] });
    const report = await written(
      { ...results, data: '<script>alert("a|b")</script>', command: 'run --data "<x>`"' },
      out,
    );
    await expectSound(report);
    expect(report.markdown).toContain('`<script>alert("a|b")</script>`');
    expect(report.html).toContain('<code>&lt;script&gt;alert(&quot;a|b&quot;)&lt;/script&gt;</code>');
  });
});
