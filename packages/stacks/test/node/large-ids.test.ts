import { expect, it } from 'vitest';
import { readStack, writeSections } from '../../src/node/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();

it('ids above 16,777,216 are not read as float32, which has no room for them', async () => {
  const sections = [0, 1, 2].map((z) => ({ width: 2, height: 2, data: Uint32Array.of(z, 16_777_217, 70_000, 0) }));
  await writeSections(folder.file('large.tif'), sections, { depth: 3 });
  await expect(readStack(folder.file('large.tif'))).rejects.toThrow(/16777216|16,777,216/);
});
