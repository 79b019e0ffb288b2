import type { ModelCard, ModelStage } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package';
import { describe, expect, test } from 'vitest';
import { verifyCuts } from '../../src/package/verify-cuts.ts';
import { tinyModel } from '../../../packages/model-package/test/support/tiny-package.ts';
import { model, stages } from '../../../packages/runtime-node/test/support/models.ts';

/** Whether each way of cutting gives what the whole image gives, or why it is not known. */
async function verdicts(onnx: Uint8Array): Promise<[string | undefined, boolean | string][]> {
  const runs = await verifyCuts(await openModel(onnx), {
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  return runs.map(({ cut, result }) => [cut, result instanceof Error ? result.message : result.passes]);
}

describe('verifyCuts', () => {
  test.each<[number, boolean]>([
    [4, true],
    [0, false],
  ])('finds whether a network sees as far as its card says: %i pixels', async (receptiveFieldRadius, passes) => {
    expect(await verdicts(tinyModel('fp32', { receptiveFieldRadius }))).toEqual([['in tiles', passes]]);
  });

  test('passes each chain of stages', async () => {
    expect(await verdicts(model('tiny-unet', stages('tiny-unet')))).toEqual([
      ['in tiles', true],
      ['in stages', true],
      ['in stages, keeping the skip', true],
    ]);
  });

  const { stages: chain, stagesKeepingSkip: keeping } = stages('tiny-unet');
  const withHalo = (list: readonly ModelStage[], name: string, halo: number): readonly ModelStage[] =>
    list.map((stage) => ({
      ...stage,
      inputs: stage.inputs.map((input) => (stage.name === name ? { ...input, halo } : input)),
    }));
  test.each<[string, Partial<ModelCard>, (string | boolean)[][]]>([
    [
      'the encoder reads less, as the bottleneck would make up for it',
      { stages: withHalo(withHalo(chain, 'encoder', 0), 'bottleneck', 9), stagesKeepingSkip: keeping },
      [['in tiles', true], ['in stages', false], ['in stages, keeping the skip', true]],
    ],
    [
      'the bottleneck reads less, as the encoder would make up for it',
      { stagesKeepingSkip: withHalo(withHalo(keeping, 'encoder-with-skip', 62), 'bottleneck', 0) },
      [['in tiles', true], ['in stages, keeping the skip', false]],
    ],
  ])('finds that %s', async (_, card, expected) => {
    expect(await verdicts(model('tiny-unet', card))).toEqual(expected);
  }); // prettier-ignore

  test('says of a card that sees too far that it cannot be tried', async () => {
    const [[, why]] = (await verdicts(tinyModel('fp32', { receptiveFieldRadius: 5000 }))) as [[string, string]];
    expect(why).toContain("The card's receptive field of 5000 pixels (stride 2) is too large to be tried");
  });
});
