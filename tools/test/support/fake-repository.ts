import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

export interface FakeRepository {
  readonly root: string;
  /** Folder of the stand-in for @tensorflow/tfjs-node-gpu. */
  readonly binding: string;
}

/** A module for Node without libraries: it says which TensorFlow it is. */
const SOURCE = `
#include <node_api.h>
static napi_value init(napi_env env, napi_value exports) {
  napi_value text;
  napi_create_string_utf8(env, "2.21.0", NAPI_AUTO_LENGTH, &text);
  napi_set_named_property(env, exports, "TF_Version", text);
  return exports;
}
NAPI_MODULE(tfjs_binding, init)
`;

/**
 * Built as the real package is: the same names of variables, the same place for the result, headers from deps/include.
 */
const GYP = `{
  'targets': [
    { 'target_name': '<(module_name)', 'sources': ['binding.cc'], 'include_dirs': ['<(module_root_dir)/deps/include'],
      'libraries': ['-Wl,-rpath,elsewhere'], 'defines': ['NAPI_VERSION=<(napi_build_version)'] },
    { 'target_name': 'copy', 'type': 'none', 'dependencies': ['<(module_name)'],
      'copies': [{ 'files': ['<(PRODUCT_DIR)/<(module_name).node'], 'destination': '<(module_path)' }] },
  ],
}`;

/** What the set-up's last check asks of the package; the product is computed, not remembered. */
const INDEX = `
const binding = require('./lib/napi-v8/tfjs_binding.node');
exports.backend = () => ({ binding });
exports.matMul = (a, b) => ({
  dataSync: () => a.flatMap((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0))),
});
`;

/** A repository with all that the set-up builds upon, small enough to be set up in seconds, without the network. */
export function fakeRepository(): FakeRepository {
  const root = join(temporaryFolder(), 'repository');
  const binding = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  const files = {
    [join(root, 'packages', 'trainer', 'package.json')]: '{}',
    [join(binding, 'package.json')]: '{"name": "@tensorflow/tfjs-node-gpu", "version": "0.0.0", "main": "index.js"}',
    [join(binding, 'index.js')]: INDEX,
    [join(binding, 'binding.gyp')]: GYP,
    [join(binding, 'binding.cc')]: SOURCE,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return { root, binding };
}
