import type { GreyOptions, NormaliseOption } from '@dilated-unet/core';
import { bytesOption, greyFlags, integerOption, pixelFlags, selectionFlags, type PixelFlags } from '@dilated-unet/host';
import { PRECISION_OPTIONS, type PrecisionOption } from '@dilated-unet/model-package';
import type { StackSelection } from '@dilated-unet/stacks';
import { Command, Option } from 'commander';
import { DEVICE_OPTIONS, type DeviceOption } from '../devices/index.ts';
import { partFlags, type PartJob } from './part-flags.ts';
import { resultFlags, type ResultJob } from './result-flags.ts';
import { runFlags, type RunJob } from './run-flags.ts';
import { version } from './version.ts';

/** What one call of the command does. */
export interface SegmentJob
  extends Pick<GreyOptions, 'greyRange'>, StackSelection, ResultJob, PartJob, RunJob, PixelFlags {
  /** Absent: the default model. */
  readonly model?: string;
  readonly input: string;
  readonly output: string;
  /** Folder of a page that shows the result. */
  readonly preview?: string;
  /** Whether the result is the mean over the eight symmetries of the square. */
  readonly symmetries: boolean;
  readonly normalise: NormaliseOption;
  readonly invert: boolean;
  readonly device: DeviceOption;
  /** The same as the device `cuda`. */
  readonly requireGpu?: boolean;
  readonly precision: PrecisionOption;
  readonly tile?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly threads?: number;
}

const EXAMPLES = `
Input:   a grey TIFF of one or more pages (8 or 16 bit, or float32), a grey PNG (8 or 16 bit), a folder of such files
         with one section each, a pattern for their names in quotes ('slices/s*.png'; s2.png comes before s10.png), or an
         OME-Zarr: a folder or an http(s) address.
Grey:    in the values that the model was trained on; in any where it normalises each section by itself, as the default model does.
         Others, and negatives, are refused with the flag that mends it: --grey-range, --normalise or --invert (docs/grey-values.md).
Pixels:  a model that knows its pixels segments others too: where the input states them, as ImageJ and OME-Zarr do, or --pixel-size
         says them, and they differ by more than a tenth, sections are resampled and the result is brought back to their size. A
         note says so. To segment them as they are, give --model-pixel-size the input's own.
Model:   without --model the one for neuropil in serial sections (models/README.md says on which images it works, and its terms).
         A package is checked before it is used: the hash of what is read, and its test on the device (docs/packages.md).
Output:  .tif or .tiff: a page a section, with the size of a pixel where the input says it. .png: one section. .zarr: an OME-Zarr
         0.5, with smaller scales and the size of a pixel. folder/ (new or empty): a PNG a section. PNG holds whole numbers of
         up to 65535. The output appears when it is whole.
Parts:   sections that are done are kept beside the output, in OUT.parts, until it is whole. After an interruption, the same
         command goes on from there. --part shares the sections among processes, on one machine or many (docs/cluster.md).
Result:  mask: 255 interior, 0 membrane. probabilities: 0 to 1. instances: a number a cell and section, 0 on the lines between
         cells (uint32); no number comes twice in a stack, and nothing joins the cells of one section with those of the next.
Tiles:   the result does not depend on them. Without --tile an image above 1536 x 1536 pixels is cut, and a smaller one if it
         would take too much memory. Small tiles take less memory and more time, because each sees a border (halo) that is not kept.

Examples:
  A mask of a stack, 255 inside of cells and 0 on membranes, by the default model:
    $ npx nx run runtime-node:segment --input stack.tif --output mask.tif
  By a model of yours:
    $ npx nx run runtime-node:segment --model runs/a/model.onnx --input stack.tif --output mask.tif
  Probabilities instead, to choose a threshold later; in 8 bits, as a folder of PNG sections:
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output p.tif --result probabilities
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output p/ --result probabilities --dtype uint8
  Cells, without those of less than 50 pixels:
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output cells.tif --result instances --min-size 50
  A smaller scale of an OME-Zarr on a server, as an OME-Zarr of labels:
    $ npx nx run runtime-node:segment --model model.onnx --input https://example.org/em.zarr --level 1 --output cells.zarr --result instances
  A part of some sections, to try settings on:
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output try.tif --sections 3-7 --region 512,0,256,256
  The best that a model can give: the mean over its eight views of the image:
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output mask.tif --symmetries
  16-bit values of a converter that spread 8 bits, for a model that was trained on 8 bits:
    $ npx nx run runtime-node:segment --model model.onnx --input u16.tif --output mask.tif --grey-range 0,65535
  A stack whose pixels of 8 nm the file does not state, by a model that was trained at 4 nm and does not say so:
    $ npx nx run runtime-node:segment --input coarse.tif --output mask.tif --pixel-size 8 --model-pixel-size 4
  A mask, and a page to look at it, preview/index.html:
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output mask.tif --preview preview
  A large section in little memory, on one core:
    $ npx nx run runtime-node:segment --model model.onnx --input big.tif --output mask.tif --memory 1.5GB --threads 1
  A package in 8-bit integers, the fastest on CPUs with VNNI (on others fp32 is taken, and a note says so):
    $ npx nx run runtime-node:segment --model unet.zip --input stack.tif --output mask.tif --precision int8
  Two processes, in any order; then, what is left:
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output mask.tif --part 1/2
    $ npx nx run runtime-node:segment --model model.onnx --input stack.tif --output mask.tif --part 2/2
    $ npx nx run runtime-node:segment --output mask.tif --status
  Where the package is installed, on an NVIDIA GPU:
    $ npx dilated-unet-segment --model model.onnx --input stack.tif --output mask.tif --device cuda
`;

/** The command line. */
export function segmentCommand(): Command {
  const command = new Command('dilated-unet-segment')
    .description('Segments electron micrographs: where is cell interior, where membrane?')
    .version(version())
    .option(
      '--model <path>',
      'bioimage.io package (folder or zip), or ONNX file with its model card (default: isbi-2012.zip in models/)',
    )
    .option('--input <path>', 'required: grey image or stack: TIFF, PNG, a folder of them, or OME-Zarr')
    .option(
      '--output <path>',
      'required: where the result goes: .tif, .tiff, .png or .zarr, which replace an older one, or a folder/',
    );
  for (const flag of [...resultFlags(), ...partFlags(), ...runFlags()]) command.addOption(flag);
  command.option(
    '--preview <folder>',
    'also write a page that shows sections with their result, to look at: FOLDER/index.html',
  );
  command.option(
    '--symmetries',
    'the mean of the results for all flips and quarter turns; takes eight times as long',
    false,
  );
  for (const flag of [...selectionFlags(), ...pixelFlags(), ...greyFlags()]) command.addOption(flag);
  return command
    .option(
      '--tile <pixels>',
      'largest side of a tile, halo included (default: at most 1536, or 1024 in stages, and less where memory asks for it)',
      integerOption({ least: 8 }),
    )
    .option(
      '--memory <amount>',
      'what the process may take, for example 1.5GB: tiles are chosen to keep within it (default: what is free)',
      bytesOption,
    )
    .addOption(
      new Option('--device <name>', 'where to run; auto: the fastest that is installed and works')
        .choices(DEVICE_OPTIONS)
        .default('auto'),
    )
    .addOption(
      new Option('--require-gpu', 'fail rather than run on the CPU; the same as --device cuda').conflicts('device'),
    )
    .addOption(
      new Option('--precision <name>', 'form of a package; auto: fp32, on cuda fp16 where there is one')
        .choices(PRECISION_OPTIONS)
        .default('auto'),
    )
    .option(
      '--threads <count>',
      'threads of one operation on the CPU (default: the cores that the process may use)',
      integerOption({ least: 1 }),
    )
    .addHelpText('after', EXAMPLES);
}
