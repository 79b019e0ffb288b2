import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const DEPCRUISE = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const PACKAGES = [
  'core',
  'host',
  'stacks',
  'model-package',
  'trainer',
  'runtime-node',
  'runtime-web',
  'onnx',
  'viewer',
  'pipeline',
  'bench',
] as const;
const folderOf = (name: string): string => (name === 'tools' || name === 'test' ? name : `packages/${name}`);

interface Cruise {
  readonly summary: { readonly violations: readonly { from: string; rule: { name: string } }[] };
}

/** Rule names broken in the workspace at `cwd`, per file. */
async function cruise(cwd: string): Promise<Map<string, string[]>> {
  const args = [DEPCRUISE, '--config', join(cwd, '.dependency-cruiser.cjs'), '-T', 'json', 'packages', 'tools', 'test'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 1 << 28 });
  const broken = new Map<string, string[]>();
  for (const { from, rule } of (JSON.parse(stdout) as Cruise).summary.violations) {
    broken.set(from, [...(broken.get(from) ?? []), rule.name]);
  }
  return broken;
}

/** Each wrong import, the file that has it, and the rule that it must break. */
const WRONG = [
  ['packages/core/src/a.ts', `import '@dilated-unet/stacks';`, 'core-stands-alone'],
  ['packages/core/src/b.ts', `import 'node:fs';`, 'core-stands-alone'],
  ['packages/core/src/c.ts', `import 'declared';`, 'core-stands-alone'],
  ['packages/host/src/a.ts', `import '@dilated-unet/stacks';`, 'host-knows-only-core'],
  ['packages/host/src/b.ts', `import '@dilated-unet/tools';`, 'host-knows-only-core'],
  ['packages/stacks/src/a.ts', `import '@dilated-unet/trainer';`, 'stacks-know-only-core'],
  ['packages/stacks/src/b.ts', `import 'node:fs';`, 'stacks-know-only-core'],
  ['packages/stacks/src/c.ts', `import '@dilated-unet/host';`, 'stacks-know-only-core'],
  ['packages/stacks/src/d.ts', `import './node/index.ts';`, 'stacks-know-only-core'],
  ['packages/stacks/src/e.ts', `import 'declared';`, 'stacks-know-only-core'],
  ['packages/stacks/src/formats/tiff/compression/a.ts', `import 'node:fs';`, 'decoders-know-only-core-and-libraries'],
  ['packages/stacks/src/node/a.ts', `import '@dilated-unet/runtime-node';`, 'stacks-in-node-know-only-host'],
  ['packages/model-package/src/a.ts', `import '@dilated-unet/stacks';`, 'model-packages-know-only-core-and-libraries'],
  ['packages/model-package/src/b.ts', `import 'node:fs';`, 'model-packages-know-only-core-and-libraries'],
  ['packages/model-package/src/c.ts', `import '@dilated-unet/host';`, 'model-packages-know-only-core-and-libraries'],
  ['packages/model-package/src/d.ts', `import './node/index.ts';`, 'model-packages-know-only-core-and-libraries'],
  ['packages/model-package/src/node/a.ts', `import '@dilated-unet/stacks';`, 'model-packages-in-node-know-only-host'],
  ['packages/stacks/src/node/b.ts', `import '@dilated-unet/model-package';`, 'stacks-in-node-know-only-host'],
  ['packages/trainer/src/a.ts', `import '@dilated-unet/runtime-node';`, 'trainer-knows-no-runtime'],
  ['packages/trainer/src/b.ts', `import type { x } from '@dilated-unet/runtime-web';`, 'trainer-knows-no-runtime'],
  ['packages/runtime-node/src/a.ts', `import '@dilated-unet/trainer';`, 'runtimes-know-no-trainer'],
  ['packages/runtime-node/src/b.ts', `import '@dilated-unet/runtime-web';`, 'runtimes-know-not-each-other'],
  ['packages/runtime-web/src/a.ts', `import '@dilated-unet/runtime-node';`, 'runtimes-know-not-each-other'],
  ['packages/runtime-web/src/b.ts', `import 'node:fs';`, 'browser-code-knows-no-node'],
  ['packages/viewer/src/a.ts', `import '@dilated-unet/runtime-node';`, 'viewer-knows-what-runs-in-a-page'],
  ['packages/viewer/src/b.ts', `import 'node:fs';`, 'browser-code-knows-no-node'],
  ['packages/runtime-web/src/f.ts', `import '@dilated-unet/viewer';`, 'nothing-knows-the-viewer'],
  ['packages/runtime-web/src/c.ts', `import '@dilated-unet/host';`, 'browser-code-knows-no-host'],
  ['packages/runtime-web/src/d.ts', `import '@dilated-unet/stacks/node';`, 'browser-code-knows-no-host'],
  ['packages/runtime-web/src/e.ts', `import '@dilated-unet/model-package/node';`, 'browser-code-knows-no-host'],
  ['packages/onnx/src/a.ts', `import '@dilated-unet/host';`, 'onnx-knows-only-core-and-protobuf'],
  ['packages/onnx/src/b.ts', `import 'node:fs';`, 'onnx-knows-only-core-and-protobuf'],
  ['packages/onnx/src/c.ts', `import 'declared';`, 'onnx-knows-only-core-and-protobuf'],
  ['packages/trainer/src/k.ts', `import '@dilated-unet/onnx';`, 'packages-know-no-onnx'],
  ['packages/runtime-node/src/d.ts', `import type { x } from '@dilated-unet/onnx';`, 'packages-know-no-onnx'],
  ['packages/trainer/src/c.ts', `import '@dilated-unet/tools';`, 'packages-know-no-tools'],
  ['packages/trainer/src/j.ts', `import '@dilated-unet/pipeline';`, 'trainer-knows-no-runtime'],
  ['packages/runtime-node/src/c.ts', `import '@dilated-unet/pipeline';`, 'runtimes-know-no-trainer'],
  ['tools/src/c.ts', `import '@dilated-unet/pipeline';`, 'tools-know-no-pipeline'],
  ['packages/pipeline/src/a.ts', `import '@dilated-unet/bench';`, 'nothing-knows-the-bench'],
  ['tools/src/d.ts', `import '@dilated-unet/bench';`, 'nothing-knows-the-bench'],
  ['packages/bench/src/a.ts', `import '@dilated-unet/pipeline';`, 'bench-knows-no-pipeline'],
  ['tools/src/a.ts', `import '@dilated-unet/test';`, 'nothing-knows-the-tests-that-cross-packages'],
  ['tools/src/b.ts', `import '../test/helper.ts';`, 'src-knows-no-tests'],
  ['packages/trainer/src/d.ts', `import '../../core/src/hidden.ts';`, 'packages-only-by-name'],
  ['packages/trainer/src/e.ts', `import '@dilated-unet/core/src/hidden.ts';`, 'no-unresolvable'],
  ['packages/trainer/src/f.ts', `import './nowhere.ts';`, 'no-unresolvable'],
  ['packages/trainer/src/g.ts', `import './g2.ts';`, 'no-circular'],
  ['packages/trainer/src/h.ts', `import 'for-tests';`, 'no-dev-dependency-in-src'],
  ['packages/trainer/src/i.ts', `import 'undeclared';`, 'no-undeclared-dependency'],
  ['packages/trainer/src/left-over.ts', '', 'no-orphan'],
] as const;

describe('the boundary rules', () => {
  let workspace: string;
  let broken: Map<string, string[]>;
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  };

  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'boundaries-'));
    await cp(join(root, '.dependency-cruiser.cjs'), join(workspace, '.dependency-cruiser.cjs'));
    await cp(join(root, 'tsconfig.base.json'), join(workspace, 'tsconfig.base.json'));
    await mkdir(join(workspace, 'node_modules/@dilated-unet'), { recursive: true });
    for (const name of [...PACKAGES, 'tools', 'test']) {
      const manifest = {
        name: `@dilated-unet/${name}`,
        type: 'module',
        exports: {
          '.': { '@dilated-unet/source': './src/index.ts', default: './dist/index.js' },
          './node': { '@dilated-unet/source': './src/node/index.ts', default: './dist/node/index.js' },
        },
        dependencies: { declared: '1', protobufjs: '1' },
        devDependencies: { 'for-tests': '1' },
      };
      await write(`${folderOf(name)}/package.json`, JSON.stringify(manifest));
      await write(`${folderOf(name)}/src/index.ts`, 'export const x = 1;');
      await symlink(join(workspace, folderOf(name)), join(workspace, 'node_modules/@dilated-unet', name));
    }
    for (const name of ['declared', 'for-tests', 'undeclared', 'protobufjs']) {
      await write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      await write(`node_modules/${name}/index.js`, '');
    }
    await write('packages/stacks/src/node/index.ts', 'export const x = 1;');
    await write('packages/model-package/src/node/index.ts', 'export const x = 1;');
    await write('packages/core/src/hidden.ts', 'export const hidden = 1;');
    await write('packages/core/src/uses-hidden.ts', `import './hidden.ts';`);
    await write('packages/trainer/src/g2.ts', `import './g.ts';`);
    await write('tools/test/helper.ts', 'export const helper = 1;');
    for (const [file, text] of WRONG) await write(file, text);
    // What is right, so that a rule that forbids everything is seen too.
    await write('packages/host/src/right.ts', `import '@dilated-unet/core'; import 'node:fs';`);
    await write('packages/stacks/src/right.ts', `import '@dilated-unet/core';`);
    await write('packages/stacks/src/formats/tiff/compression/right.ts', `import 'declared';`);
    await write(
      'packages/stacks/src/node/right.ts',
      `import '@dilated-unet/host'; import '../index.ts'; import 'node:fs';`,
    );
    await write('packages/model-package/src/right.ts', `import '@dilated-unet/core'; import 'declared';`);
    await write(
      'packages/model-package/src/node/right.ts',
      `import '@dilated-unet/host'; import '../index.ts'; import 'node:fs';`,
    );
    await write('packages/pipeline/src/right.ts', `import '@dilated-unet/tools'; import '@dilated-unet/onnx';`);
    await write('packages/bench/src/right.ts', `import '@dilated-unet/tools'; import '@dilated-unet/runtime-web';`);
    await write('packages/trainer/src/right.ts', `import '@dilated-unet/core'; import 'declared'; import 'node:fs';`);
    await write(
      'packages/runtime-node/src/right.ts',
      `import '@dilated-unet/host'; import '@dilated-unet/stacks/node';`,
    );
    await write(
      'packages/runtime-web/src/right.ts',
      `import '@dilated-unet/core'; import '@dilated-unet/model-package';`,
    );
    await write('packages/onnx/src/right.ts', `import '@dilated-unet/core'; import 'protobufjs';`);
    await write('tools/src/right.ts', `import '@dilated-unet/onnx'; import '@dilated-unet/runtime-node';`);
    await write('packages/viewer/src/right.ts', `import '@dilated-unet/stacks'; import '@dilated-unet/runtime-web';`);
    await write('test/right.test.ts', `import '@dilated-unet/pipeline'; import 'for-tests';`);
    broken = await cruise(workspace);
  });

  afterAll(() => rm(workspace, { recursive: true, force: true }));

  it.each(WRONG)('%s: "%s" breaks %s', (file, _text, rule) => {
    expect(broken.get(file)).toContain(rule);
  });

  it('are all shown to fail', () => {
    const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
      forbidden: { name: string }[];
    };
    expect([...new Set(WRONG.map(([, , rule]) => rule))].sort()).toEqual(config.forbidden.map((r) => r.name).sort());
  });

  it('leave the right arrows alone', () => {
    expect([...broken].filter(([file]) => file.includes('right'))).toEqual([]);
  });
});
