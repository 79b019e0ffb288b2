import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedStacks, type StacksLocation } from '../../src/run/named-stacks.ts';
import { trainingConfig, type SeveralPaths } from '../../src/run/settings.ts';

let cwd = '';
const at = (...parts: string[]): string => join(cwd, ...parts);
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'named-stacks-'));
  for (const folder of ['brain', 'cord', 'old/brain', 'mouse 1!', 'sections']) {
    await mkdir(at(folder), { recursive: true });
    for (const name of ['train-volume', 'train-labels']) await writeFile(at(folder, `${name}.tif`), '');
  }
  await writeFile(at('cord', 'test-volume.tif'), '');
  for (const name of ['a.tif', 'a-labels.tif', 'b.ome.tif', 'b-labels.tif', 'mask.tif', 's1.png'])
    await writeFile(at(name), '');
});

afterAll(() => rm(cwd, { recursive: true }));

const named = (location: Omit<StacksLocation, 'cwd'>) => namedStacks({ ...location, cwd });
const several = async (location: Omit<StacksLocation, 'cwd'>): Promise<SeveralPaths['stacks']> =>
  ((await named(location)) as SeveralPaths).stacks;

describe('namedStacks', () => {
  it('takes one stack as ever, and none', async () => {
    const one = { images: at('brain/train-volume.tif'), labels: at('brain/train-labels.tif') };
    expect(await named({ data: ['brain'] })).toEqual(one);
    expect(await named({ data: ['brain'], ignoreMask: ['mask.tif'] })).toEqual({ ...one, ignoreMask: at('mask.tif') });
    expect(await named({})).toBeNull();
  });

  it('takes several, in order, under the names of their folders or files', async () => {
    expect(await several({ data: ['brain', 'cord'], channel: 2 })).toEqual([
      {
        name: 'brain',
        images: at('brain/train-volume.tif'),
        labels: at('brain/train-labels.tif'),
        select: { channel: 2 },
      },
      {
        name: 'cord',
        images: at('cord/train-volume.tif'),
        labels: at('cord/train-labels.tif'),
        test: at('cord/test-volume.tif'),
        select: { channel: 2 },
      },
    ]);
    const names = async (location: Omit<StacksLocation, 'cwd'>) => (await several(location)).map(({ name }) => name);
    expect(await names({ imagePath: ['a.tif', 'b.ome.tif'], maskPath: ['a-labels.tif', 'b-labels.tif'] })).toEqual([
      'a',
      'b',
    ]);
    expect(await names({ data: ['brain', 'old/brain', 'mouse 1!'] })).toEqual(['brain-1', 'brain-2', 'mouse-1-']);
    const long = 'x'.repeat(120);
    for (const folder of ['new/brain-1', 'Brain-2', long, `old/${long}`]) {
      await mkdir(at(folder), { recursive: true });
      for (const name of ['train-volume', 'train-labels']) await writeFile(at(folder, `${name}.tif`), '');
    }
    const data = ['brain', 'old/brain', 'new/brain-1', 'Brain-2', long, `old/${long}`];
    const given = ['brain-3', 'brain-4', 'brain-1', 'Brain-2', `${'x'.repeat(98)}-5`, `${'x'.repeat(98)}-6`];
    expect(await names({ data })).toEqual(given);
    const config = trainingConfig({}, {}, { stacks: await several({ data }) });
    expect(config.data).toMatchObject({ stacks: given.map((name) => ({ name })) });
  });

  it('takes masks, weights and what is held out, one a stack', async () => {
    const data = ['brain', 'cord', 'mouse 1!'];
    const masked = await several({ data, ignoreMask: ['none', 'mask.tif', 'none'], weight: [1, 2, 3] });
    expect(masked.map(({ ignoreMask, weight }) => [ignoreMask, weight])).toEqual([
      [undefined, 1],
      [at('mask.tif'), 2],
      [undefined, 3],
    ]);
    for (const cord of ['cord', '2', './cord', at('cord')]) {
      const held = await several({ data, holdOutStack: [cord], weight: [1, 3] });
      expect(held.map(({ heldOut, weight }) => [heldOut, weight])).toEqual([
        [undefined, 1],
        [true, undefined],
        [undefined, 3],
      ]);
    }
    const two = await several({ data, holdOutStack: ['brain', '3'] });
    expect(two.map(({ heldOut }) => heldOut)).toEqual([true, undefined, true]);
  });

  it('takes the name of labels for all stacks, or one for each', async () => {
    for (const [name, labels] of [
      ['x.zarr', ['cells', 'glia']],
      ['y.zarr', ['cells']],
    ] as const) {
      const group = { zarr_format: 3, node_type: 'group' };
      await mkdir(at(name, 'labels'), { recursive: true });
      const multiscales = [{ axes: [{ name: 'y' }, { name: 'x' }], datasets: [{ path: '0' }] }];
      await writeFile(at(name, 'zarr.json'), JSON.stringify({ ...group, attributes: { ome: { multiscales } } }));
      await writeFile(at(name, 'labels/zarr.json'), JSON.stringify({ ...group, attributes: { ome: { labels } } }));
    }
    const imagePath = ['x.zarr', 'y.zarr'];
    const labels = async (...labelName: string[]) => (await several({ imagePath, labelName })).map((one) => one.labels);
    expect(await labels('cells')).toEqual([at('x.zarr/labels/cells'), at('y.zarr/labels/cells')]);
    expect(await labels('glia', 'cells')).toEqual([at('x.zarr/labels/glia'), at('y.zarr/labels/cells')]);
    await expect(labels('glia')).rejects.toThrow(`labelName must be one of the labels of ${at('y.zarr')}: cells`);
    await expect(labels('glia', 'cells', 'cells')).rejects.toThrow('labelName must be given once for all stacks, or');
    await expect(named({ data: ['brain'], labelName: ['a', 'b'] })).rejects.toThrow('labelName must be given once');
  });

  it.each<[Omit<StacksLocation, 'cwd'>, string]>([
    [{ data: ['brain', 'brain'] }, 'data must name each stack once'],
    [{ data: ['brain', './brain'] }, 'data must name each stack once'],
    [
      { imagePath: ['a.tif', 'a.tif'], maskPath: ['a-labels.tif', 'b-labels.tif'] },
      'imagePath must name each stack once',
    ],
    [{ data: ['brain', 'cord'], imagePath: ['a.tif'], maskPath: ['a-labels.tif'] }, 'data must be alone: leave out'],
    [
      { imagePath: ['a.tif', 'b.ome.tif'], maskPath: ['a-labels.tif'] },
      'maskPath must be given as often as `imagePath` (2 times)',
    ],
    [
      { data: ['brain', 'cord'], weight: [1] },
      'weight must be given once for each stack that is trained on, in order: 2 times (brain, cord); received "1"',
    ],
    [{ data: ['brain', 'cord'], weight: [1, 2], holdOutStack: ['cord'] }, 'in order: 1 times (brain); received "1 2"'],
    [
      { data: ['brain', 'cord'], ignoreMask: ['mask.tif'] },
      'ignoreMask must be given once for each of the 2 stacks, in order, or be left out; none for a stack without',
    ],
    [
      { data: ['brain', 'cord'], holdOutStack: ['brain', 'cord'] },
      'holdOutStack must leave one of the stacks to train on',
    ],
    [
      { data: ['brain', 'cord'], holdOutStack: ['liver'] },
      'holdOutStack must be the number or the name of a stack (1 brain, 2 cord); received "liver"',
    ],
    [{ data: ['brain', 'cord'], holdOutStack: ['0'] }, 'must be the number or the name of a stack'],
    [{ data: ['brain', 'cord'], holdOutStack: ['3'] }, 'must be the number or the name of a stack'],
    [{ data: ['brain', 'nowhere'] }, 'data must be the path of a file or folder that exists'],
    [{ data: ['brain'], weight: [1] }, 'weight needs several stacks: give `data` more than once'],
    [{ data: ['brain'], holdOutStack: ['brain'] }, 'holdOutStack needs several stacks'],
    [{ holdOutStack: ['1'] }, 'holdOutStack needs several stacks'],
    [{ data: ['brain'], ignoreMask: ['mask.tif', 'none'] }, 'ignoreMask must be given once'],
  ])('refuses %o', async (location, message) => {
    const error: unknown = await named(location).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toContain(message);
  });
});

describe('the configuration of a run on several stacks', () => {
  const typed = async (location: Omit<StacksLocation, 'cwd'>) => await named({ data: ['brain', 'cord'], ...location });

  it('holds out no block beside a stack, unless it is asked to', async () => {
    expect(trainingConfig({}, {}, await typed({})).holdOut).toBe(6);
    const held = await typed({ holdOutStack: ['cord'] });
    expect(trainingConfig({}, {}, held).holdOut).toBe(0);
    expect(trainingConfig({}, { holdOut: 2 }, held).holdOut).toBe(2);
  });

  it('is that of the run that is gone on with, wherever the stacks lie now', async () => {
    const before = trainingConfig({}, {}, await typed({ holdOutStack: ['cord'], weight: [2] }));
    const moved = await named({ data: ['old/brain', 'mouse 1!'] });
    const resumed = trainingConfig({}, {}, moved, { resumed: before });
    expect(resumed.data).toMatchObject({
      stacks: [
        { name: 'brain', images: at('old/brain/train-volume.tif'), weight: 2 },
        { name: 'cord', images: at('mouse 1!/train-volume.tif'), heldOut: true },
      ],
    });
    expect(() => trainingConfig({}, {}, { images: '/i', labels: '/l' }, { resumed: before })).toThrow(
      /^data must stay/,
    );
    const others = { stacks: [...(moved as SeveralPaths).stacks, { name: 'gut', images: '/i', labels: '/l' }] };
    expect(() => trainingConfig({}, {}, others, { resumed: before })).toThrow(/^data must stay/);
  });
});
