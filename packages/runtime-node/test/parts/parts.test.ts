import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError, readableStack, section, type GreyStack, type Segmenter } from '@dilated-unet/core';
import { messageInFlags } from '@dilated-unet/host';
import { encodeTiffStack, stackSource } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import { noiseStack } from '../../../stacks/test/support/images.ts';
import { mountTmpfs } from '../../../host/test/support/tmpfs.ts';
import { filesHash } from '../../src/parts/input.ts';
import type { Plan } from '../../src/parts/plan.ts';
import { segmentPart } from '../../src/parts/segment-part.ts';
import { partsStatus } from '../../src/parts/status.ts';
import { PartsStore } from '../../src/parts/store.ts';
import { startResult } from '../../src/results/index.ts';
import { model, NORMALISATION } from '../support/models.ts';
import { runJob, type JobResult } from '../support/segment-job.ts';

const folder = temporaryFolder();
const stack = noiseStack(64, 48, 5);
/** Of each form, what an undisturbed run writes: name and hash of each file. */
const undisturbed = new Map<string, string[]>();
const FORMS = ['mask.tif', 'mask/', 'mask.zarr', 'cells.tif'] as const;
let out = '';
let outs = 0;

const flagsFor = (name: string, more: readonly string[] = []): string[] => [
  ...['--model', 'model.onnx', '--input', 'stack.tif', '--output', path.join(out, name)],
  ...['--device', 'cpu', '--threads', '1', ...(name.startsWith('cells') ? ['--result', 'instances'] : []), ...more],
];
const run = (name: string, more: readonly string[] = [], watch = {}): Promise<JobResult> =>
  runJob(folder.path, flagsFor(name, more), watch);

function hashes(place: string): string[] {
  const files = statSync(place).isDirectory()
    ? readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) =>
        statSync(path.join(place, name)).isFile(),
      )
    : [''];
  return files.sort().map((name) => {
    return `${name} ${createHash('sha256')
      .update(readFileSync(path.join(place, name)))
      .digest('hex')}`;
  });
}

/** Runs until `count` sections are done, then stops. */
async function stopAfter(count: number, name: string, more: readonly string[] = []): Promise<void> {
  const controller = new AbortController();
  const stopped = run(name, more, {
    signal: controller.signal,
    onProgress: ({ done }: { done?: number }) => {
      // The tile of this section has just ended: the sections before the one before it are added.
      if ((done ?? 0) > count + 1) controller.abort(new Error('stopped'));
    },
  });
  await expect(stopped).rejects.toThrow();
}
const sectionsIn = (name: string): string[] =>
  readdirSync(path.join(out, `${name}.parts`)).filter((n) => n.startsWith('section'));

beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model());
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(stack));
  out = folder.file('undisturbed');
  mkdirSync(out);
  for (const name of FORMS) {
    expect((await run(name)).said).toMatch(/^wrote .*: 5 sections/);
    undisturbed.set(name, hashes(path.join(out, name)));
  }
  expect(readdirSync(out).sort()).toEqual(FORMS.map((name) => name.replace('/', '')).sort());
});

beforeEach(() => {
  out = folder.file(`out ${outs++}`);
  mkdirSync(out);
});

describe.each(FORMS)('%s', (name) => {
  test.each([[[2, 1]], [[7, 3, 1, 2, 5, 4, 6]], [[1, 2, 3, 4, 5, 6, 7, 2]]])('parts %j', async (order) => {
    const count = Math.max(...order);
    const said: string[] = [];
    for (const index of order) said.push((await run(name, ['--part', `${index}/${count}`])).said);
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
    expect(said.filter((text) => text.startsWith('wrote'))).toHaveLength(1);
    // A part that comes late has nothing to do, and leaves nothing to do.
    expect(said.slice(count).every((text) => text.includes('is there already'))).toBe(true);
    expect(readdirSync(path.join(out, `${name.replace('/', '')}.parts`)).sort()).toEqual([
      'finished.json',
      'plan.json',
    ]);
  });

  test('the same part twice at once', async () => {
    const parts = ['1/2', '2/2', '2/2', '1/2'].map((part) => run(name, ['--part', part]));
    const said = (await Promise.all(parts)).map((result) => result.said);
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
    expect(said.filter((text) => text.startsWith('wrote'))).toHaveLength(1);
  });

  test('all parts at once, where the output was finished and removed', async () => {
    const parts = ['1/3', '2/3', '3/3'];
    for (const part of parts) await run(name, ['--part', part]);
    rmSync(path.join(out, name), { recursive: true });
    const said = (await Promise.all(parts.map((part) => run(name, ['--part', part])))).map((result) => result.said);
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
    expect(said.filter((text) => text.startsWith('wrote'))).toHaveLength(1);
  });

  test('a run that was stopped goes on', async () => {
    await stopAfter(2, name);
    const there = sectionsIn(name.replace('/', '')).length;
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(5);
    // A node died while it wrote the output.
    mkdirSync(path.join(out, `${name.replace('/', '')}.elsewhere.1.0123456789ab.part`));
    const { lines } = await run(name);
    expect(lines[0]).toContain(`going on: ${there} of 5 sections are there`);
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
    expect(readdirSync(out)).toEqual([name.replace('/', '')]);
  });
});

test('a name of 238 bytes is written, and a longer one refused before any work', async () => {
  const name = `${'a'.repeat(234)}.tif`;
  await run(name, ['--sections', '1']);
  expect(readdirSync(out)).toEqual([name]);
  await expect(run(`a${name}`)).rejects.toThrow(/^output must have a shorter name: .*\.parts\.lock\.guard/);
  expect(readdirSync(out)).toEqual([name]);
});

describe('tiles that nobody asked for', () => {
  const wide = ['--input', 'wide.tif'];
  beforeAll(async () => writeFileSync(folder.file('wide.tif'), await encodeTiffStack(noiseStack(448, 448, 2))));
  const free = vi.spyOn(process, 'availableMemory');
  // Of a cgroup with a limit, what it holds of files would count as free too.
  const limit = vi.spyOn(process, 'constrainedMemory');
  beforeEach(() => {
    free.mockReturnValue(4e9);
    limit.mockReturnValue(0);
  });
  afterAll(() => [free, limit].forEach((spy) => spy.mockRestore()));
  const planned = (): Plan => JSON.parse(readFileSync(path.join(out, 'mask.tif.parts/plan.json'), 'utf8')) as Plan;

  test('parts that start together where other memory is free go on by the plan that came first', async () => {
    free.mockReturnValueOnce(700e6).mockReturnValueOnce(700e6);
    const said = await Promise.all(['1/2', '2/2'].map((part) => run('mask.tif', [...wide, '--part', part])));
    expect(said.map((result) => result.said).join()).toContain('wrote');
    expect(said.flatMap(({ lines }) => lines).join()).toContain('tiles of up to 384');
    expect([384, 448]).toContain(planned().tile);
  });

  test('less memory than they take is refused with what to do', async () => {
    await run('mask.tif', [...wide, '--part', '1/2']);
    expect(planned().tile).toBe(448);
    const more = run('mask.tif', [...wide, '--part', '2/2', '--memory', '600MB']);
    await expect(more).rejects.toThrow(/in tiles of 448; the sections in .*mask\.tif\.parts are in such tiles: allow/);
  });
});

describe('another plan is refused, and what is there stays', () => {
  test.each([
    [['--threshold', '0.4'], /--?threshold|`threshold` was not given, and is 0.4/],
    [['--result', 'instances'], /`result` was mask, and is instances/],
    [['--sections', '1-4'], /`sections` was 1-5, and is 1-4/],
    [['--region', '0,0,8,8'], /`region` was not given, and is 0,0,8,8/],
    [['--tile', '1024'], /`tile` was 64, and is 1024/],
    [['--normalise', 'stack'], /`normalise` was model, and is stack/],
    [['--symmetries'], /`symmetries` was false, and is true/],
    [['--device', 'cuda'], /`device` was cpu, and is cuda|device cuda cannot be used/],
    [['--model', 'other.onnx'], /`model` was tiny-unet \(SHA-256 .*, and is other/],
    [['--input', 'changed.tif'], /the files of the `input` have changed/],
    [['--input', 'float.tif'], /the type of the `input` was uint8, and is float32/],
  ])('%j', async (more, message) => {
    writeFileSync(folder.file('other.onnx'), model('tiny-unet', { name: 'other' }));
    const turned: GreyStack = { ...stack, data: stack.data.map((value) => 255 - value) };
    writeFileSync(folder.file('changed.tif'), await encodeTiffStack(turned));
    writeFileSync(folder.file('float.tif'), await encodeTiffStack({ ...stack, data: Float32Array.from(stack.data) }));
    await run('mask.tif', ['--part', '1/2']);
    const before = readdirSync(path.join(out, 'mask.tif.parts'));
    await expect(run('mask.tif', ['--part', '2/2', ...more])).rejects.toThrow(message);
    expect(readdirSync(path.join(out, 'mask.tif.parts'))).toEqual(before);
    await run('mask.tif', ['--part', '2/2']);
    expect(hashes(path.join(out, 'mask.tif'))).toEqual(undisturbed.get('mask.tif'));
  });

  test('a part of another output that was finished gives way', async () => {
    for (const part of ['1/2', '2/2']) await run('mask.tif', ['--part', part]);
    for (const part of ['1/2', '2/2']) await run('mask.tif', ['--part', part, '--threshold', '0.4']);
    expect(hashes(path.join(out, 'mask.tif'))).not.toEqual(undisturbed.get('mask.tif'));
    rmSync(path.join(out, 'mask.tif'));
    for (const part of ['2/2', '1/2']) await run('mask.tif', ['--part', part, '--threshold', '0.5']);
    expect(hashes(path.join(out, 'mask.tif'))).toEqual(undisturbed.get('mask.tif'));
  });

  test('a folder of someone else', async () => {
    mkdirSync(path.join(out, 'mask.tif.parts'));
    writeFileSync(path.join(out, 'mask.tif.parts/notes.txt'), 'mine');
    await expect(run('mask.tif')).rejects.toThrow(/output must have a folder beside it.*rename or remove it/);
    expect(readFileSync(path.join(out, 'mask.tif.parts/notes.txt'), 'utf8')).toBe('mine');
  });
});

test('a section that is damaged is named, and computed anew once it is removed', async () => {
  await run('mask.tif', ['--part', '1/2']);
  const file = path.join(out, 'mask.tif.parts/section-000002.tif');
  writeFileSync(file, readFileSync(file).subarray(0, 500));
  await expect(run('mask.tif')).rejects.toThrow(/section-000002\.tif.*Remove .*computes that section anew/);
  rmSync(file);
  await run('mask.tif');
  expect(hashes(path.join(out, 'mask.tif'))).toEqual(undisturbed.get('mask.tif'));
});

describe('the input changes under the run', () => {
  /** Runs, and does `change` when the third section is segmented. */
  async function runWhile(change: () => void): Promise<unknown> {
    let isChanged = false;
    const onProgress = ({ done }: { done?: number }): void => {
      if (isChanged || (done ?? 0) < 3) return;
      isChanged = true;
      change();
    };
    return run('mask.tif', ['--input', 'input'], { onProgress }).catch((error: unknown) => error);
  }
  const file = (z: number): string => folder.file(`input/s${z + 1}.tif`);

  beforeEach(async () => {
    rmSync(folder.file('input'), { recursive: true, force: true });
    mkdirSync(folder.file('input'));
    for (let z = 0; z < 5; z++) await writeSections(file(z), [section(stack, z)], { depth: 1 });
  });

  test('a file is written anew: an error, no output; as it was, the run goes on', async () => {
    await run('mask.tif', ['--input', 'input', '--part', '1/5']);
    const error = await runWhile(() => {
      renameSync(file(1), folder.file('kept.tif'));
      writeFileSync(file(1), readFileSync(file(4)));
    });
    expect((error as Error).message).toMatch(/input has changed since the run began\. Put it back/);
    await expect(run('mask.tif', ['--input', 'input'])).rejects.toThrow(/the files of the `input` have changed/);
    expect(readdirSync(out)).toEqual(['mask.tif.parts']);
    renameSync(folder.file('kept.tif'), file(1));
    await run('mask.tif', ['--input', 'input']);
    expect(hashes(path.join(out, 'mask.tif'))).toEqual(undisturbed.get('mask.tif'));
  });

  test('a file vanishes: an error, no output', async () => {
    const error = await runWhile(() => rmSync(file(4)));
    expect((error as Error).message).toMatch(/input has changed|s5\.tif cannot be read/);
    expect(readdirSync(out)).toEqual([]);
  });
});

test('what is left is said, and nothing is changed', async () => {
  const output = path.join(out, 'mask.tif');
  const status = async (): Promise<string> => {
    const { isWhole, lines } = await partsStatus(await PartsStore.open(output), { index: 1, count: 2 });
    return `${isWhole}: ${lines.join('\n')}`;
  };
  expect(await status()).toMatch(/false: .*is not there, and no section of it is done/);
  const saidAtFirst: Promise<string>[] = [];
  await run('mask.tif', ['--part', '1/2'], {
    onProgress: ({ phase, done }: { phase: string; done?: number }) => {
      if (phase === 'measuring grey values' || done === undefined) saidAtFirst.push(status());
    },
  });
  expect(await saidAtFirst[0]).toMatch(
    /^false: A run of .*mask\.tif has begun, in .*\.parts, and no section of it is done/,
  );
  const before = readdirSync(path.join(out, 'mask.tif.parts'));
  expect(await status()).toMatch(
    /^false: 2 of 5 sections are there; left: 3-5\n.*tiny-unet on cpu\npart 2\/2: 0 of 3 are there, left: 3-5$/,
  );
  expect(readdirSync(path.join(out, 'mask.tif.parts'))).toEqual(before);
  await run('mask.tif', ['--part', '2/2']);
  expect(await status()).toMatch(/^true: .*mask\.tif is there, and no run of it is under way/);
});

test('an output that was written and not noted is recognised', async () => {
  for (const name of ['mask/', 'mask.tif'] as const) {
    await run(name, ['--part', '2/2']);
    const parts = path.join(out, `${name.replace('/', '')}.parts`);
    await run(name, ['--part', '1/2'], {
      onProgress: ({ phase, done }: { phase: string; done?: number }) => {
        if (phase === 'writing' && done === 5) cpSync(parts, path.join(out, 'kept'), { recursive: true });
      },
    });
    rmSync(parts, { recursive: true });
    renameSync(path.join(out, 'kept'), parts);
    expect((await run(name)).said).toMatch(/^wrote/);
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
    expect(readdirSync(out)).not.toContain(path.basename(parts));
  }
});

describe('what comes into the folder of the output meanwhile', () => {
  /** Runs, and does `come` before the output is put in its place. */
  const runWhile = (name: string, come: () => void): Promise<JobResult> =>
    run(name, [], {
      onProgress: ({ phase, done }: { phase: string; done?: number }) => {
        if (phase === 'segmenting' && done === 5) come();
      },
    });
  const put = (name: string, file: string): void => writeFileSync(path.join(out, name, file), 'theirs');

  test.each(['mask/', 'mask.zarr'])('%s: the file of a file manager does not hinder it', async (name) => {
    mkdirSync(path.join(out, name));
    await runWhile(name, () => put(name, '.DS_Store'));
    expect(readFileSync(path.join(out, name, '.DS_Store'), 'utf8')).toBe('theirs');
    rmSync(path.join(out, name, '.DS_Store'));
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
    expect(readdirSync(out)).toEqual([name.replace('/', '')]);
  });

  test.each(['mask/', 'mask.zarr'])('%s: a file of the user is named, and the run goes on without it', async (name) => {
    mkdirSync(path.join(out, name));
    const refused = await runWhile(name, () => put(name, 'notes.txt')).catch((error: unknown) => error);
    const text = messageInFlags(refused as Error, (field) => `--${field}`);
    expect(text).toMatch(
      /^--output must be a new folder.*\(it has notes\.txt\).*remove that and start the same command again/,
    );
    expect(sectionsIn(name.replace('/', ''))).toHaveLength(5);
    const again = run(name);
    await expect(again).rejects.toThrow(/notes\.txt/);
    rmSync(path.join(out, name, 'notes.txt'));
    const { lines, said } = await run(name);
    expect(lines[0]).toMatch(/going on: 5 of 5/);
    expect(said).toMatch(/^wrote/);
    expect(hashes(path.join(out, name))).toEqual(undisturbed.get(name));
  });

  test('an older OME-Zarr of the same pixels is not taken for the new one', async () => {
    await run('mask.zarr', ['--pixel-size', '4', '--model-pixel-size', '4']);
    const older = hashes(path.join(out, 'mask.zarr'));
    expect(older).not.toEqual(undisturbed.get('mask.zarr'));
    await expect(runWhile('mask.zarr', () => put('mask.zarr', 'notes.txt'))).rejects.toThrow(/notes\.txt/);
    rmSync(path.join(out, 'mask.zarr/notes.txt'));
    expect(hashes(path.join(out, 'mask.zarr'))).toEqual(older);
    await run('mask.zarr');
    expect(hashes(path.join(out, 'mask.zarr'))).toEqual(undisturbed.get('mask.zarr'));
  });

  test('what is done is said, and that the same command goes on from there', async () => {
    mkdirSync(path.join(out, 'mask.zarr'));
    const notes: string[] = [];
    await stopAfter(2, 'mask.zarr');
    put('mask.zarr', 'notes.txt');
    await expect(run('mask.zarr', [], { onNote: (text: string) => notes.push(text) })).rejects.toThrow(/notes\.txt/);
    expect(notes.join('\n')).toMatch(/sections are there; left: .*\. The same command goes on from there\.$/);
  });
});

describe('a worker that dies, and disks', () => {
  /** A segmenter whose worker dies in the third section. */
  function dying(): Segmenter {
    let calls = 0;
    const card = {
      name: 'dying',
      stride: 8,
      receptiveFieldRadius: 8,
      normalisation: NORMALISATION,
    } as Segmenter['card'];
    return {
      card,
      device: 'cpu',
      segmentWhole: () => Promise.reject(new Error('not called')),
      async *segment(source) {
        const [, height, width] = readableStack(source).shape;
        if (++calls === 3) throw new EnvironmentError('The worker thread ended.');
        const data = new Float32Array(width * height).fill(0.75);
        yield { x: 0, y: 0, width, height, data, done: 1, total: 1 };
      },
      dispose: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const plan = {
    format: 1,
    input: { files: '' },
    sections: [0, 1, 2, 3, 4],
    model: { name: 'dying', sha256: '' },
    decided: { normalise: NORMALISATION },
    tile: 64,
  } as unknown as Plan;
  const segmentAll = async (output: string): Promise<void> => {
    const input = folder.file('stack.tif');
    const known = { ...plan, input: { ...plan.input, files: await filesHash(input) } };
    const store = await PartsStore.open(output);
    const run = startResult('probabilities', {});
    await segmentPart(dying(), stackSource(stack), known, store, { input, run, sections: plan.sections });
  };

  test('the sections before it stay', async () => {
    await expect(segmentAll(path.join(out, 'p.tif'))).rejects.toThrow('The worker thread ended.');
    expect(sectionsIn('p.tif')).toEqual(['section-000001.tif', 'section-000002.tif']);
  });

  test('a disk that is full after some sections: they stay, and the rest is done when there is room', async ({
    skip,
  }) => {
    const disk = mountTmpfs('64k');
    if (disk === undefined) return skip('mounting a small disk needs root');
    try {
      const flags = ['--result', 'probabilities', '--output', path.join(disk.path, 'p.tif')];
      await expect(run('p.tif', flags)).rejects.toThrow(/section-00000\d\.tif cannot be written: no space is left/);
      expect(readdirSync(disk.path)).toEqual(['p.tif.parts']);
      expect(
        readdirSync(path.join(disk.path, 'p.tif.parts')).every((name) => /^(plan|section).*(json|tif)$/.test(name)),
      ).toBe(true);
      disk.remount('remount,size=4m');
      const { lines } = await run('p.tif', flags);
      expect(lines[0]).toMatch(/going on: [1-4] of 5/);
      await run('p.tif', ['--result', 'probabilities']);
      expect(hashes(path.join(disk.path, 'p.tif'))).toEqual(hashes(path.join(out, 'p.tif')));
    } finally {
      disk.remove();
    }
  });

  test('a disk that becomes read-only: an error, and the run goes on when it is writable', async ({ skip }) => {
    const disk = mountTmpfs('4m');
    if (disk === undefined) return skip('mounting a small disk needs root');
    try {
      const flags = ['--output', path.join(disk.path, 'mask.tif')];
      await run('mask.tif', [...flags, '--part', '1/2']);
      disk.remount('remount,ro');
      await expect(run('mask.tif', flags)).rejects.toThrow(/cannot be written: the file system is read-only/);
      disk.remount('remount,rw');
      await run('mask.tif', flags);
      expect(hashes(path.join(disk.path, 'mask.tif'))).toEqual(undisturbed.get('mask.tif'));
    } finally {
      disk.remove();
    }
  });
});
