import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const IGNORED = /^(\..*|node_modules|dist|runs|test|src)$/;

function documents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.test(entry.name) ? [] : documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const withoutCode = (text: string): string => text.replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, '');

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = text.replace(/```[^]*?```/g, '').matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map(([, title]) => slug(title as string)));
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The relative links of the page at `path` that lead nowhere. */
function brokenLinks(path: string, text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const page = file === '' ? path : resolve(dirname(path), file);
    if (!existsSync(page)) return true;
    if (anchor === undefined) return false;
    return !anchors(page === path ? text : readFileSync(page, 'utf8')).has(anchor);
  });
}

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly name?: string; readonly targets?: Readonly<Record<string, unknown>> };
}

/** Every target of the workspace: `trainer:train`, `workspace:lint`, ... */
function targets(): Set<string> {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  return new Set(
    ['.', 'tools', 'test', ...packages].flatMap((folder) => {
      const path = join(root, folder, 'package.json');
      if (!existsSync(path)) return [];
      const { name, scripts, nx } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
      const project = nx?.name ?? name.replace(/^@[^/]+\//, '');
      return Object.keys({ ...scripts, ...nx?.targets }).map((target) => `${project}:${target}`);
    }),
  );
}

/** What `text` tells the reader to run that the workspace at hand does not have. */
function missingCommands(text: string, known: ReadonlySet<string>): string[] {
  const one = [...text.matchAll(/nx run ([\w-]+:[\w-]+)/g)].map(([, target]) => target as string);
  const many = [...text.matchAll(/nx run-many -t ((?:[\w-]+ ?)+)/g)].flatMap(([, names]) =>
    (names as string).trim().split(' '),
  );
  const scripts = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, script]) => `workspace:${script as string}`);
  const some = [...known].map((target) => target.replace(/^.*:/, ''));
  return [...one, ...scripts]
    .filter((target) => !known.has(target))
    .concat(many.filter((name) => !some.includes(name)));
}

/** The packages whose built programs `text` starts, itself or by a job of Slurm, and does not tell the reader to build. */
function unbuilt(text: string): readonly string[] {
  const jobs = [...text.matchAll(/tools\/slurm\/[\w-]+\.sbatch/g)].map(([job]) =>
    readFileSync(join(root, job), 'utf8'),
  );
  const started = [...[text, ...jobs].join('\n').matchAll(/node packages\/([\w-]+)\/(?:bin|dist)\//g)];
  const built = [...text.matchAll(/nx run ([\w-]+):build/g)].flatMap(([, name = '']) => [
    name,
    ...dependenciesOf(name),
  ]);
  return [...new Set(started.map(([, name = '']) => name))].filter((name) => !built.includes(name));
}

function dependenciesOf(project: string): readonly string[] {
  const path = join(root, project === 'tools' ? project : `packages/${project}`, 'package.json');
  const { dependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  return Object.keys(dependencies).map((name) => name.replace('@dilated-unet/', ''));
}

describe('the documents', () => {
  const pages = documents(root).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  const known = targets();

  it('are all found', () => {
    const names = pages.map(({ path }) => relative(root, path));
    expect(names).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'packages/core/README.md']));
  });

  it('link to files and headings that exist', () => {
    const broken = pages.flatMap(({ path, text }) =>
      brokenLinks(path, text).map((target) => `${relative(root, path)}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('name targets that exist', () => {
    const missing = pages.flatMap(({ path, text }) =>
      missingCommands(text, known).map((command) => `${relative(root, path)}: ${command}`),
    );
    expect(missing).toEqual([]);
  });

  it('say how the programs are built that they start without Nx', () => {
    const instructions = pages.filter(({ path }) => relative(root, path) !== 'CHANGELOG.md');
    const missing = instructions.flatMap(({ path, text }) =>
      unbuilt(text).map((name) => `${relative(root, path)}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('would be reported otherwise', () => {
    const page = join(root, 'README.md');
    expect(brokenLinks(page, '# A b\n[a](gone.md) [b](#a-b) [c](#c) [d](https://x.org/y)')).toEqual(['gone.md', '#c']);
    expect(missingCommands('npx nx run trainer:train; nx run trainer:fly; nx run-many -t test swim', known)).toEqual([
      'trainer:fly',
      'swim',
    ]);
    const job = 'sbatch tools/slurm/experiment.sbatch';
    expect(unbuilt(`npx nx run tools:build; ${job}; node packages/runtime-node/dist/cli.js`)).toEqual(['pipeline']);
    expect(unbuilt(`npx nx run pipeline:build; ${job}`)).toEqual([]);
  });
});
