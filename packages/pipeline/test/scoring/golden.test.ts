import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  CHALLENGE_THRESHOLDS,
  connectedComponents,
  contingency,
  evaluateStack,
  section,
  warpingError,
  watershed,
  type Contingency,
  type GreyStack,
  type PartitionScore,
  type SectionEvaluation,
} from '@dilated-unet/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStacks, type ComparedStacks } from '../../src/scoring/read-stacks.ts';

const FOLDER = fileURLToPath(new URL('../../../../../shared/data/golden/', import.meta.url));
const MISSING = existsSync(FOLDER) ? undefined : "the reference implementation's scores are not on this machine";

/** What fiji/Trainable_Segmentation (commit 41c7083) computes; one value a threshold 0, 0.1 ... 1. */
interface Golden {
  readonly vRand: readonly number[];
  readonly vRandPrecision: readonly number[];
  readonly vRandRecall: readonly number[];
  readonly vInfo: readonly number[];
  readonly pixelError: readonly number[];
  readonly vRandMax: number;
  readonly vInfoMax: number;
  readonly warpingError: readonly { readonly threshold: number; readonly value: number }[];
}

const BAR = 1e-6;

describe.skipIf(MISSING !== undefined)(`the reference's scores${MISSING ? ` [skipped: ${MISSING}]` : ''}`, () => {
  describe.each(['a', 'b'] as const)('of stack %s', (name) => {
    let golden: Golden;
    let stacks: ComparedStacks;
    let sections: readonly SectionEvaluation[];
    let evaluation: ReturnType<typeof evaluateStack>;

    beforeAll(async () => {
      const all = JSON.parse(readFileSync(`${FOLDER}golden.json`, 'utf8')) as Record<'a' | 'b', Golden>;
      golden = all[name];
      stacks = await readStacks({
        labels: `${FOLDER}${name}-labels.tif`,
        prediction: `${FOLDER}${name}-prediction.tif`,
      });
      evaluation = evaluateStack(stacks.probabilities, stacks.labels);
      sections = evaluation.sections;
    });

    const means = (of: (one: SectionEvaluation) => readonly number[]): readonly number[] =>
      CHALLENGE_THRESHOLDS.map(
        (_, k) => sections.reduce((sum, one) => sum + (of(one)[k] as number), 0) / sections.length,
      );
    const expectClose = (ours: readonly number[], theirs: readonly number[]): void => {
      expect(ours.length).toBe(theirs.length);
      for (const [k, value] of theirs.entries()) {
        expect(Math.abs((ours[k] as number) - value), `at threshold ${k / 10}`).toBeLessThan(BAR);
      }
    };
    const scores = (all: readonly PartitionScore[]): readonly number[] => all.map(({ score }) => score);

    it('V_Rand at every threshold', () =>
      expectClose(
        means(({ rand }) => scores(rand)),
        golden.vRand,
      ));

    it('V_Info at every threshold', () =>
      expectClose(
        means(({ information }) => scores(information)),
        golden.vInfo,
      ));

    it('both at the best threshold', () => {
      expectClose([evaluation.vRand, evaluation.vInfo], [golden.vRandMax, golden.vInfoMax]);
      expect(evaluation.vRandAt).toBe(golden.vRand.indexOf(golden.vRandMax));
      expect(evaluation.vInfoAt).toBe(golden.vInfo.indexOf(golden.vInfoMax));
    });

    it('pixel error exactly, at 0 ... 0.9 and at the best threshold', () => {
      const ours = means(({ pixelErrors }) => pixelErrors);
      // At 1 the reference's threshold turns the labels to membrane too.
      expect(ours.slice(0, 10)).toEqual(golden.pixelError.slice(0, 10));
      expect(evaluation.pixelError).toBe(Math.min(...golden.pixelError.slice(1, 10)));
    });

    it('warping error', () => {
      for (const { threshold, value } of golden.warpingError) {
        const each = slices(stacks).map(([probability, label]) => warpingError(probability, label, { threshold }));
        expectClose([each.reduce((sum, one) => sum + one) / each.length], [value]);
      }
      expectClose([evaluation.warpingError], [golden.warpingError.find(({ threshold }) => threshold === 0.5)!.value]);
    });

    it('precision and recall of V_Rand, for which the reference adds up the pairs of all sections', () => {
      const pooled = CHALLENGE_THRESHOLDS.map((threshold) => {
        const counts = slices(stacks).map(([probability, label]) => {
          const data = Uint8Array.from(probability.data, (p) => (p > threshold ? 1 : 0));
          return contingency(connectedComponents(label), watershed({ ...probability, data }));
        });
        const pairs = (of: (one: Contingency) => readonly number[], alone: boolean): number =>
          counts.reduce((sum, one) => sum + squares(of(one)) + (alone ? one.unassigned : 0), 0);
        const together = pairs(({ overlaps }) => overlaps, true);
        const inPrediction = pairs(({ prediction }) => prediction, true);
        return [together / inPrediction, together / pairs(({ truth }) => truth, false)] as const;
      });
      expectClose(
        pooled.map(([precision]) => precision),
        golden.vRandPrecision,
      );
      expectClose(
        pooled.map(([, recall]) => recall),
        golden.vRandRecall,
      );
    });
  });
});

function slices({ probabilities, labels }: { probabilities: GreyStack; labels: GreyStack }) {
  return Array.from({ length: labels.depth }, (_, z) => [section(probabilities, z), section(labels, z)] as const);
}

function squares(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count * count, 0);
}
