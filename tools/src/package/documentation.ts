import { pixelText, whereLabelsLie } from '@dilated-unet/core';
import { holdsOut } from '@dilated-unet/trainer';
import type { Deviation } from './forms/deviation.ts';
import type { Form } from './forms/form.ts';
import { describeNetwork, type Halo, type NamedAbout } from './rdf.ts';
import type { RunFacts, ScoredOffset } from './run-facts.ts';

/** A form with how it differs. */
export interface DocumentedForm {
  readonly form: Form;
  readonly deviation: Deviation;
}

/** The text of the package's README: what the model is, how it is used, how good it is. */
export function writeDocumentation(
  facts: RunFacts,
  { name, license, terms, cite, text }: NamedAbout,
  { halo, forms }: { readonly halo: Halo; readonly forms: readonly DocumentedForm[] },
): string {
  const { card, config, steps, versions } = facts;
  return `# ${name}

${describeNetwork(facts)}. It segments cell membranes in sections of electron microscopy: for each pixel the probability of
cell interior. Above 0.5 is interior, else membrane.
${text === '' ? '' : `\n${text}\n`}
## Use

\`\`\`sh
npx nx run runtime-node:segment --model PACKAGE --input stack.tif --output mask.tif
\`\`\`

PACKAGE is the folder of this file, or its zip.

With any tool of bioimage.io: give raw grey values. ${greyText(facts)} ${pixelSizeText(facts)}Sides must be multiples of ${card.stride} pixels.

${haloText(facts, halo)}

## Validation

${validation(facts)}

${deviations(forms, facts)}

## Training

${beginning(config)}${count(steps, 'step')} of ${count(config.batchSize, 'window')} of ${config.window} x ${config.window} pixels. RMSprop; binary cross-entropy plus one minus the soft Dice of the
interior. The learning rate cycles between ${config.schedule.baseRate} and ${config.schedule.maxRate} (${config.schedule.policy}, step size ${config.schedule.stepSize}). Seed ${config.seed}.
\`weights.safetensors\` has the float32 parameters before batch norms were folded.

Versions: ${Object.entries(versions)
    .map(([program, version]) => `${program} ${version}`)
    .join(', ')}.

## Licence

${terms ?? license ?? 'The one who trained the model has not named a licence.'}
${cite.length === 0 ? '' : `\n${cite.map(({ text: work, doi }) => `- ${work}, [doi:${doi}](https://doi.org/${doi})\n`).join('')}`}`;
}

/** The forms beside float32 TensorFlow. */
function deviations(forms: readonly DocumentedForm[], { config }: RunFacts): string {
  const [{ deviation }] = forms as readonly [DocumentedForm, ...DocumentedForm[]];
  const isScored = deviation.vRand !== undefined;
  const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const heads = ['file', 'form', 'largest difference', 'mean difference', 'pixels that change class'];
  const columns = [...heads, ...(isScored ? ['interior Dice', 'V_Rand', 'V_Info'] : [])];
  const whose = holdsOut(config) ? 'that were held out' : 'of the training';
  return [
    `Its forms beside float32 TensorFlow, on ${count(deviation.sections, 'section')} ${whose}. Differences are of probabilities` +
      `${isScored ? '; scores are what a form has more or less than TensorFlow' : ''}.`,
    '',
    row(...columns),
    row(...columns.map(() => '---')),
    ...forms.map(({ form, deviation: found }) =>
      row(
        `\`${form.file}\``,
        form.title,
        power(found.largestDifference),
        power(found.meanDifference),
        percent(found.classChanged),
        ...(isScored ? [signed(found.interiorDice), signed(found.vRand), signed(found.vInfo)] : []),
      ),
    ),
  ].join('\n');
}

const PADDING =
  'The runtimes of dilated-unet leave padding out (16 or more equal pixels in a row, as alignment fills in around sections); other ' +
  'programs count it: **crop it there first**.';

function greyText({ card }: RunFacts): string {
  const { mean, std } = card.normalisation;
  if (card.normalise === 'stack') {
    return (
      'They are normalised by the mean and standard deviation of all sections of a stack, so their range does not matter: give ' +
      'stacks that are one recording. **Negatives must be inverted first**; otherwise membranes are missed without a warning. ' +
      PADDING
    );
  }
  if (card.normalise === 'section') {
    return (
      'Each section is normalised by its own mean and standard deviation, so their range does not matter: give whole sections, ' +
      'not tiles of them. **Negatives must be inverted first**; otherwise membranes are missed without a warning. ' +
      PADDING
    );
  }
  return (
    `They are normalised by the mean ${figure(mean)} and the standard deviation ${figure(std)} of the training sections. **Images ` +
    'of other grey values (16 bits, another contrast, a negative) must be brought to these first**; otherwise membranes are ' +
    'missed without a warning.'
  );
}

function pixelSizeText({ card: { pixelSize } }: RunFacts): string {
  if (pixelSize === undefined) return '';
  return (
    `It was trained at pixels of ${pixelText(pixelSize)}: **images of others must be brought to these first**. The runtimes of ` +
    'dilated-unet do it by themselves where a file states its pixels, and with `--pixel-size` where it does not. '
  );
}

/** What the training began from, where that was a model. */
function beginning({ init }: RunFacts['config']): string {
  if (init === undefined) return '';
  const layers = init.newHead ? 'all layers but the last' : 'all layers';
  return `The training began from the weights of the model "${init.name}" (SHA-256 \`${init.sha256}\`), ${layers}.\n`;
}

function haloText({ card }: RunFacts, { pixels, borderEffect }: Halo): string {
  const exact = `An output pixel sees ${card.receptiveFieldRadius} pixels in each direction.`;
  if (borderEffect === 0)
    return `${exact} Tiles that overlap by twice the halo of ${pixels} give what the whole image gives.`;
  const effect =
    borderEffect === null
      ? 'how much what lies beyond a border changes probabilities at this distance was not measured, since the sections are too small'
      : `at this distance from a border, what lies beyond it changed probabilities by ${power(borderEffect)} at most on the test image`;
  return `${exact} The halo of ${pixels} pixels is smaller: ${effect}. The runtimes of dilated-unet tile exactly.`;
}

function validation({ heldOut, scoredOffsets, config }: RunFacts): string {
  if (heldOut === null) {
    return holdsOut(config)
      ? `This training has no scores of its own: what was held out (${heldOutText(config)}) cannot be scored, since a section has no cell interior.`
      : 'No section was held out, so this training has no scores of its own.';
  }
  const chosen = config.exportWeights === 'best' ? ', but by whose validation loss its weights were chosen' : '';
  return `On ${heldOutText(config)}, which the training did not see${chosen}:

| V_Rand | V_Info | interior Dice | membrane Dice | pixel error | warping error |
|---|---|---|---|---|---|
| ${[heldOut.vRand, heldOut.vInfo, heldOut.interiorDice, heldOut.membraneDice, heldOut.pixelError].map((value) => value.toFixed(4)).join(' | ')} | ${heldOut.warpingError.toFixed(6)} |

V_Rand, V_Info and pixel error at the best threshold for the stack, the others at 0.5 (metrics of the ISBI-2012 challenge,
Arganda-Carreras et al. 2015).${scoredOffsets.map((one) => ` ${registration(one)}`).join('')}`;
}

/** Without it, nobody finds the scores again. */
function registration({ name, offset }: ScoredOffset): string {
  const flag = `--label-offset ${[offset.y, offset.x].map((pixels) => Number(pixels.toFixed(6))).join()}`;
  return (
    `Labels${name === null ? '' : ` of ${name}`} lie ${whereLabelsLie(offset)} of the tissue; predictions were moved to them before ` +
    `they were scored (\`trainer:evaluate ${flag}\`).`
  );
}

function heldOutText({ data, holdOut, holdOutFrom }: RunFacts['config']): string {
  const block = holdOutFrom === undefined ? `the last ${count(holdOut, 'section')}` : sections(holdOutFrom, holdOut);
  if (data.kind !== 'several') return block;
  const whole = data.stacks.filter(({ heldOut }) => heldOut === true).map(({ name }) => `all of ${name}`);
  const blocks = data.stacks.filter(({ heldOut }) => heldOut !== true).map(({ name }) => `${block} of ${name}`);
  return [...whole, ...(holdOut > 0 ? blocks : [])].join(', ');
}

/** `number` sections by their numbers, which count from 1; `from` is the place of the first, from 0. */
function sections(from: number, number: number): string {
  return number === 1 ? `section ${from + 1}` : `sections ${from + 1} - ${from + number}`;
}

const figure = (value: number): string => String(Number(value.toPrecision(5)));
const power = (value: number): string => value.toExponential(1);
const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;
const signed = (value = 0): string => `${value < 0 ? '' : '+'}${value.toFixed(5)}`;
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
