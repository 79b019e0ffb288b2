import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A folder F with Node's headers in F/include/node, for node-gyp's `--nodedir`; undefined: node-gyp must download them.
 *
 * Looked for in npm's `nodedir` setting (which a node-gyp that npm does not start cannot see), beside the running
 * Node (where its own archives put them) and in /usr (where packages put them).
 */
export function nodeHeaders(env: NodeJS.ProcessEnv): string | undefined {
  const beside = dirname(dirname(process.execPath));
  return [env['npm_config_nodedir'], npmSetting(env), beside, '/usr'].find(
    (folder) => folder !== undefined && folder !== '' && existsSync(join(folder, 'include', 'node', 'node_api.h')),
  );
}

function npmSetting(env: NodeJS.ProcessEnv): string | undefined {
  const run = spawnSync('npm', ['config', 'get', 'nodedir'], { env, encoding: 'utf8', timeout: 20_000 });
  const value = run.status === 0 ? run.stdout.trim() : '';
  return value === '' || value === 'undefined' || value === 'null' ? undefined : value;
}
