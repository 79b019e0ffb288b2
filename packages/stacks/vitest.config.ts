import { fileURLToPath } from 'node:url';
import { testConfig } from '../../vitest.shared.ts';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

// What package.json's `imports` give Node, of the sources.
export default testConfig({
  alias: { '#deflate': source('node/deflate.ts'), '#inflate': source('node/inflate.ts') },
});
