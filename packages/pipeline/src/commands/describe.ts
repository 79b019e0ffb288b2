import { InvalidOptionError, unet, unetWidths, variant, VARIANT_NAMES, type Network } from '@dilated-unet/core';
import { bitOption, integerOption, runCommand } from '@dilated-unet/host';
import { Command } from 'commander';
import { summary, summaryTable } from '../describe/describe.ts';

interface Flags {
  readonly json?: true;
  readonly dilate_rate?: number;
  readonly dilate?: boolean;
  readonly addition?: boolean;
  readonly classes?: number;
  readonly filters?: number;
}

const command = new Command('core:describe')
  .description('Prints size, cost and receptive field of the four variants, or of one network of your own flags.')
  .option('--json', 'one line of JSON per network instead of a table')
  .option('--dilate_rate <n>', 'dilation of the second convolution of each encoder stage', integerOption({ least: 0 }))
  .option('--dilate <0|1>', 'whether the bottleneck has dilations 1, 2, 4, 8, 16, 32', bitOption)
  .option('--addition <0|1>', "whether the bottleneck's six outputs are summed", bitOption)
  .option('--classes <n>', 'output classes', integerOption({ least: 0 }))
  .option('--filters <n>', 'filters of the first stage, the others in proportion', integerOption({ least: 2 }))
  .allowExcessArguments(false)
  .addHelpText(
    'after',
    `
Any of the last five flags describes that one network, the flags left out being those of the standard U-net:
  npx nx run core:describe                                        the four variants
  npx nx run core:describe --json                                 the same, for machines
  npx nx run core:describe --dilate 1 --dilate_rate 1             a dilated bottleneck alone: 546 pixels of reach`,
  );

function networks({ dilate_rate: dilateRate, filters, ...rest }: Omit<Flags, 'json'>): readonly Network[] {
  if (filters !== undefined && filters % 2 === 1) throw new InvalidOptionError('filters', 'must be even', filters);
  const own = {
    ...(dilateRate !== undefined && { dilateRate }),
    ...rest,
    ...(filters !== undefined && unetWidths(filters)),
  };
  if (Object.keys(own).length === 0) return VARIANT_NAMES.map((name) => variant(name));
  return [unet({ name: 'custom', ...own })];
}

export default (): Promise<void> =>
  runCommand<Flags>(command, ({ json, ...flags }) => {
    const chosen = networks(flags);
    return json ? chosen.map((network) => JSON.stringify(summary(network))).join('\n') : summaryTable(chosen);
  });
