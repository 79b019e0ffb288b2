import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archive } from '@dilated-unet/model-package';
import { expect, test } from 'vitest';
import { hash, tinyPackage, withRdf } from '../packages/model-package/test/support/tiny-package.ts';
import { attributedLines, type Crash } from './support/attributed-lines.ts';
import { KINDS, mutatedPackage, type KindName, type MutatedPackage } from './support/mutated-packages.ts';

/** Packages; `npx nx run test:mutations` asks for ten times as many. */
const COUNT = Number(process.env['PACKAGE_MUTATIONS'] ?? 1000);
const SEED = Number(process.env['MUTATIONS_SEED'] ?? 1);
const BATCH = 500;
/** Of processor time. */
const MOST_SECONDS = 10;
/** Seconds of a clock after which a file never ends, on a machine that has other work too. */
const HANGS = 120;
const MOST_BYTES = 2 ** 30;
/** Each loads ONNX Runtime, and runs once what it meets again. */
const PROCESSES = Math.min(4, availableParallelism());

const PROGRAM = fileURLToPath(new URL('support/open-packages.mjs', import.meta.url));
const GOOD_FORMS = new Set([...tinyPackage().files.values()].map(hash));

type Opened = { readonly name: string; readonly seconds: number; readonly peakBytes: number } & (
  | { readonly refused: string; readonly stage: 'open' | 'load' }
  | {
      readonly difference: number | string;
      readonly bound: number | null;
      readonly verified: boolean;
      readonly form: string;
    }
);

async function written(folder: string, { name, content }: MutatedPackage): Promise<string> {
  const path = join(folder, name);
  if (content instanceof Uint8Array) await writeFile(path, content);
  else {
    for (const [file, bytes] of content) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      if (bytes === null) await mkdir(join(path, file));
      else await (typeof bytes === 'string' ? symlink(bytes, join(path, file)) : writeFile(join(path, file), bytes));
    }
  }
  return path;
}

const isCrash = (answer: Opened | Crash): answer is Crash => 'crash' in answer;

/** In the order of the packages. */
async function answersFor(mutated: readonly MutatedPackage[]): Promise<(Opened | Crash)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-mutations-'));
  try {
    const good = join(folder, 'good.zip');
    await writeFile(good, archive(withRdf(tinyPackage())));
    const paths = await Promise.all(mutated.map((one) => written(folder, one)));
    const shares = Array.from({ length: PROCESSES }, (_, k) => paths.filter((_, i) => i % PROCESSES === k));
    const answers = await Promise.all(shares.map((share) => attributedLines<Opened>(PROGRAM, [good], share, HANGS)));
    return answers.flat().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why a result is not that of the package as it was, nor one that its own test vouches for; undefined where it is. */
function wrong(kind: KindName, answer: Opened): string | undefined {
  if ('refused' in answer) return undefined;
  const { difference, bound, form } = answer;
  // Neither a hash nor a test says what is right.
  if (kind === 'a single ONNX file') return undefined;
  if (form === 'refused') return 'a form ran that could not be read';
  if (kind === 'a file, with another hash' && !GOOD_FORMS.has(form)) return 'a form of another hash ran';
  // The test may be off by the bound, and the model by as much from that.
  return bound !== null && Number(difference) <= 2 * bound ? undefined : `its result differs by ${difference}`;
}

test(`${COUNT} mutated packages and ONNX files: no crash, no hang, no gigabyte, and no other result`, async () => {
  const faults: string[] = [];
  const [refused, ran, atLoad] = [
    new Map<KindName, number>(),
    new Map<KindName, number>(),
    new Map<KindName, number>(),
  ];
  const count = (counts: Map<KindName, number>, kind: KindName): void =>
    void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (let first = 0; first < COUNT; first += BATCH) {
    const mutated = Array.from({ length: Math.min(BATCH, COUNT - first) }, (_, i) => mutatedPackage(SEED, first + i));
    (await answersFor(mutated)).forEach((answer, i) => {
      const { kind, name } = mutated[i] as MutatedPackage;
      const fault = (what: string): void => void faults.push(`${name} (${kind}): ${what}`);
      expect(answer.name).toBe(name);
      if (isCrash(answer)) return fault(answer.crash);
      if (answer.seconds > MOST_SECONDS) fault(`${answer.seconds} s`);
      if (answer.peakBytes > MOST_BYTES) fault(`${answer.peakBytes} bytes`);
      const why = wrong(kind, answer);
      if (why !== undefined) fault(why);
      if ('refused' in answer && answer.stage === 'load') count(atLoad, kind);
      // Files that nothing read are found by `verifyFiles`.
      count('refused' in answer || !answer.verified ? refused : ran, kind);
    });
  }
  expect(faults).toEqual([]);
  // Of each kind some are refused and some harmless, so that neither half of the promise is empty; but a hash tells all
  // that is changed.
  const rarely = (counts: ReadonlyMap<KindName, number>): KindName[] =>
    KINDS.map(({ name }) => name).filter((name) => (counts.get(name) ?? 0) < COUNT / 500);
  expect(rarely(refused)).toEqual([]);
  expect(rarely(ran).filter((kind) => kind !== 'a file, with another hash')).toEqual([]);
  // ONNX Runtime met what was changed, and refused it or the test did.
  expect(atLoad.get('ONNX, with its hash')).toBeGreaterThan(COUNT / 50);
});
