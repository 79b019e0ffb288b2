import { isDilatedUnetError, unet, variant, VARIANT_NAMES, type Network } from '@dilated-unet/core';
import { Command, InvalidArgumentError } from 'commander';
import { summary, summaryTable } from './describe.ts';

interface Flags {
  readonly json?: true;
  readonly dilate_rate?: number;
  readonly dilate?: boolean;
  readonly addition?: boolean;
  readonly classes?: number;
}

function whole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function flag(text: string): boolean {
  if (text === '0' || text === '1') return text === '1';
  throw new InvalidArgumentError('It must be 0 or 1.');
}

const program = new Command('core:describe')
  .description('Prints size, cost and receptive field of the four variants, or of one network of your own flags.')
  .option('--json', 'one line of JSON per network instead of a table')
  .option('--dilate_rate <n>', 'dilation of the second convolution of each encoder stage', whole)
  .option('--dilate <0|1>', 'whether the bottleneck has dilations 1, 2, 4, 8, 16, 32', flag)
  .option('--addition <0|1>', "whether the bottleneck's six outputs are summed", flag)
  .option('--classes <n>', 'output classes', whole)
  .allowExcessArguments(false)
  .addHelpText(
    'after',
    `
Any of the last four flags describes that one network, the flags left out being those of the standard U-net:
  npx nx run core:describe                                        the four variants
  npx nx run core:describe --json                                 the same, for machines
  npx nx run core:describe --dilate 1 --dilate_rate 1             a dilated bottleneck alone: 546 pixels of reach`,
  );

function networks({ dilate_rate: dilateRate, dilate, addition, classes }: Flags): readonly Network[] {
  const own = Object.entries({ dilateRate, dilate, addition, classes }).filter(([, value]) => value !== undefined);
  if (own.length === 0) return VARIANT_NAMES.map((name) => variant(name));
  return [unet({ name: 'custom', ...Object.fromEntries(own) })];
}

program.parse();
const flags = program.opts<Flags>();
try {
  const chosen = networks(flags);
  if (flags.json) for (const network of chosen) console.log(JSON.stringify(summary(network)));
  else console.log(summaryTable(chosen));
} catch (error) {
  if (!isDilatedUnetError(error)) throw error;
  program.error(`error: ${error.message}`);
}
