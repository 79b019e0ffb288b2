import { isDilatedUnetError } from '@dilated-unet/core';
import { labelWarnings, requireBothClasses, type NamedLabels } from '@dilated-unet/stacks';

/** What a training with these labels would refuse, or warn of. */
export function labelComplaints(stacks: NamedLabels): readonly string[] {
  return [...refusal(stacks), ...labelWarnings(stacks)];
}

function refusal({ labels, names }: NamedLabels): readonly string[] {
  try {
    requireBothClasses(labels, names.labels);
    return [];
  } catch (error) {
    if (isDilatedUnetError(error)) return [error.message];
    throw error;
  }
}
