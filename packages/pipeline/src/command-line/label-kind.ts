import { LABEL_KINDS } from '@dilated-unet/stacks';
import { Option } from 'commander';

/** `--label-kind`, for commands that read labels beside those that train. */
export function labelKindOption(): Option {
  const help = 'what the other value than 0 is in the labels: interior (0 is membrane), or membrane';
  return new Option('--label-kind <kind>', help).choices(LABEL_KINDS).default('interior');
}
