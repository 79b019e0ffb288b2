import type { ModelCard } from '@dilated-unet/core';
import { cpuFlags } from '@dilated-unet/host';
import type { Pythons } from '../peers.ts';
import {
  kerasContestant,
  onnxContestant,
  torchContestant,
  type InferenceContestant,
  type TrainedWeights,
} from '../inference/contestants.ts';
import type { MeasuredForm } from '../inference/material.ts';
import { commandContestant, type CommandOptions } from './command.ts';

/** ONNX Runtime alone on whole sections, exactly: what all others are set beside. */
export const WHOLE = 'bare-fp32';

/** Our command with each form, and ONNX Runtime alone with the same file. */
export function ourContestants(
  forms: readonly MeasuredForm[],
  command: Omit<CommandOptions, 'name' | 'precision' | 'mustEqual'>,
): readonly InferenceContestant[] {
  return forms.flatMap(({ precision, model }) => [
    commandContestant({
      ...command,
      name: `ours-${precision}`,
      precision,
      mustEqual: precision === 'fp32' ? WHOLE : null,
    }),
    onnxContestant(`bare-${precision}`, 'cpu', model),
  ]);
}

/** Sections for MONAI's windows, of which the ones with a halo compute 6.25 times the pixels: a section takes as long as any other. */
const MONAI_SECTIONS = 3;

/** Sides of MONAI's windows, pixels: those that the presets train with, and those of the original's training. */
const WINDOWS = [256, 512] as const;

/**
 * Keras and PyTorch on whole sections, PyTorch in 16 bits where the processor computes in them, and the windows of MONAI: with
 * its own overlap, and with one by which each pixel is in some window as far from its border as the network sees.
 *
 * @param flags of the processor. @default what Linux says of it
 */
export function peerContestants(
  pythons: Pythons,
  trained: TrainedWeights,
  card: Pick<ModelCard, 'stride' | 'receptiveFieldRadius'>,
  flags: readonly string[] = cpuFlags(),
): readonly InferenceContestant[] {
  const { keras, torch } = pythons;
  const has16Bits = flags.some((flag) => flag.endsWith('_bf16'));
  const halo = Math.ceil(card.receptiveFieldRadius / card.stride) * card.stride;
  const widest = WINDOWS.filter((side) => 2 * halo < side).slice(0, 1);
  return [
    kerasContestant('keras', keras, trained, WHOLE),
    torchContestant('torch', torch, trained, { mustEqual: WHOLE }),
    ...(has16Bits ? [torchContestant('torch-bfloat16', torch, trained, { dtype: 'bfloat16' })] : []),
    ...WINDOWS.map((window) => torchContestant(`monai-${window}`, torch, trained, { window, most: MONAI_SECTIONS })),
    ...widest.map((window) =>
      torchContestant(`monai-${window}-halo`, torch, trained, {
        ...{ window, overlap: (2 * halo) / window, most: MONAI_SECTIONS },
      }),
    ),
  ];
}
