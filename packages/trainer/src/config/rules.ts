import type { z } from 'zod';
import type { runSchema } from './run.ts';
import { holdsOut } from './stacks.ts';

type Run = z.output<typeof runSchema>;

/** What a field may not be beside others. */
export interface Rule {
  /** Names down to the field, for example `schedule.baseRate`. */
  readonly field: string;
  readonly isBroken: (run: Run) => boolean;
  /** What is allowed, as the rest of a sentence that begins with the field. */
  readonly text: string | ((run: Run) => string);
}

const isPhantom = ({ data }: Run): boolean => data.kind === 'phantom';
const isSeveral = ({ data }: Run): boolean => data.kind === 'several';
const isMontage = ({ sampling }: Run): boolean => sampling === 'montage';
const areLabels = ({ labelKind }: Run, kind: Run['labelKind']): boolean => labelKind === 'auto' || labelKind === kind;
const isValidated = (run: Run): boolean => holdsOut(run) || isMontage(run);

const WITHOUT_MONTAGE = 'must be left out with a montage, in which the original counts every pixel of every section';
const ALL_LABELLED = 'must be left out with the built-in phantom, whose pixels are all labelled';
const WITHOUT_SIZE = 'must be left out with the built-in phantom, whose pixels have no size';
const OF_WHICH = 'must be left out with several stacks, as it does not say of which';
const NEEDS_VALIDATION = 'chooses by the validation loss: hold out sections for it';

/** In the order in which they are told. */
export const RULES: readonly Rule[] = [
  {
    field: 'batchSize',
    isBroken: ({ batchSize, devices }) => batchSize % devices !== 0,
    text: ({ devices }) => `must be a multiple of ${devices}, the GPUs that share a batch (\`devices\`)`,
  },
  {
    field: 'holdOutFrom',
    isBroken: ({ holdOut, holdOutFrom }) => holdOut === 0 && holdOutFrom !== undefined,
    text: 'must be left out where no section is held out',
  },
  {
    field: 'labelKind',
    isBroken: (run) => isPhantom(run) && !areLabels(run, 'interior'),
    text: 'must be auto or interior with the built-in phantom, whose labels are the latter',
  },
  {
    field: 'boundaryWidth',
    isBroken: (run) => run.boundaryWidth !== null && (isPhantom(run) || !areLabels(run, 'instances')),
    text: 'must be left out: it is for labels that are instances',
  },
  { field: 'ignore', isBroken: (run) => run.ignore !== undefined && isPhantom(run), text: ALL_LABELLED },
  { field: 'ignore', isBroken: (run) => run.ignore !== undefined && isMontage(run), text: WITHOUT_MONTAGE },
  {
    field: 'ignoreSections',
    isBroken: (run) => run.ignoreSections !== undefined && isPhantom(run),
    text: ALL_LABELLED,
  },
  {
    field: 'ignoreSections',
    isBroken: (run) => run.ignoreSections !== undefined && isMontage(run),
    text: WITHOUT_MONTAGE,
  },
  {
    field: 'sampling',
    isBroken: (run) => isSeveral(run) && isMontage(run),
    text: 'must be sections with several stacks: a montage is of one',
  },
  {
    field: 'ignoreSections',
    isBroken: (run) => run.ignoreSections !== undefined && isSeveral(run),
    text: `${OF_WHICH}; mark their pixels by a value (\`ignore\`) or a mask (\`ignoreMask\`)`,
  },
  {
    field: 'dataPixelSize',
    isBroken: (run) => run.dataPixelSize !== undefined && isSeveral(run),
    text: `${OF_WHICH}: let their files state it`,
  },
  { field: 'pixelSize', isBroken: (run) => run.pixelSize !== undefined && isPhantom(run), text: WITHOUT_SIZE },
  { field: 'dataPixelSize', isBroken: (run) => run.dataPixelSize !== undefined && isPhantom(run), text: WITHOUT_SIZE },
  {
    field: 'data.ignoreMask',
    isBroken: (run) => isMontage(run) && run.data.kind === 'stacks' && run.data.ignoreMask !== undefined,
    text: WITHOUT_MONTAGE,
  },
  {
    field: 'registerLabels',
    isBroken: (run) => isMontage(run) && run.registerLabels,
    text: 'must be off (`registerLabels: false`) with a montage, for which the original takes labels as they lie',
  },
  {
    field: 'normalise',
    isBroken: (run) => isMontage(run) && run.normalise !== 'model',
    text: 'must be model with a montage, in which sections are one image',
  },
  {
    field: 'holdOut',
    isBroken: (run) => isMontage(run) && run.holdOut > 0,
    text: 'must be 0 with a montage, which has all sections',
  },
  {
    field: 'exportWeights',
    isBroken: (run) => run.exportWeights === 'best' && !isValidated(run),
    text: `must not be best, which ${NEEDS_VALIDATION}`,
  },
  {
    field: 'earlyStopping.patience',
    isBroken: (run) => run.earlyStopping !== null && !isValidated(run),
    text: `must be left out, as it ${NEEDS_VALIDATION}`,
  },
];
