import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'THIRD-PARTY-LICENSES.txt';
/** The folder of the package that a module is from, and its name. */
const PACKAGE = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/;

/**
 * Plugins of Rolldown and Vite that write `THIRD-PARTY-LICENSES.txt` beside a bundle: the licences of the packages whose modules
 * went into it. `collect` only looks, for the bundles of workers, which Vite makes before that of their page.
 */
export function thirdPartyLicenses() {
  const folders = new Map();
  const look = (bundle) => {
    for (const output of Object.values(bundle)) {
      if (output.type !== 'chunk') continue;
      for (const path of output.moduleIds) {
        const [, folder, name] = PACKAGE.exec(path) ?? [];
        if (folder !== undefined) folders.set(name.replace('\\', '/'), folder);
      }
    }
  };
  return {
    collect: { name: 'third-party-packages', generateBundle: (_options, bundle) => look(bundle) },
    write: {
      name: 'third-party-licenses',
      generateBundle(_options, bundle) {
        look(bundle);
        const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
        const source = sorted.map(([name, folder]) => licenceOf(name, folder)).join('\n\n');
        this.emitFile({ type: 'asset', fileName: FILE, source });
      },
    },
  };
}

function licenceOf(name, folder) {
  const { version, license, homepage, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // Some packages state a licence and have no file of it.
  const text =
    texts.length > 0 ? texts.join('\n\n') : `The package has no text of it: see ${homepage ?? repository?.url}`;
  return `${name} ${version}, ${license ?? 'licence not stated'}\n\n${text}\n`;
}
