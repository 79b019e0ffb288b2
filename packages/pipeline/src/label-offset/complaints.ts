import { isDilatedUnetError } from '@dilated-unet/core';
import { labelWarnings, requireBothClasses, requireContrast, type NamedLabels } from '@dilated-unet/stacks';

/** What a training with these images and labels would refuse, or warn of. */
export function labelComplaints(stacks: NamedLabels): readonly string[] {
  const { images, labels, names } = stacks;
  const refusals = [() => requireContrast(images, names.images), () => requireBothClasses(labels, names.labels)];
  return [...refusals.flatMap(refusalOf), ...labelWarnings(stacks)];
}

function refusalOf(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (isDilatedUnetError(error)) return [error.message];
    throw error;
  }
}
