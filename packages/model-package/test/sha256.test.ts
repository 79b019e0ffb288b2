import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { sha256 } from '../src/sha256.ts';

afterEach(() => vi.unstubAllGlobals());

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
const expected = createHash('sha256').update(bytes).digest('hex');

test('by the platform', async () => {
  expect(await sha256(bytes)).toBe(expected);
});

test.each([{}, undefined])(
  'where the page is served over plain http, and the platform keeps its own: %o',
  async (crypto) => {
    vi.stubGlobal('crypto', crypto);
    expect(await sha256(bytes)).toBe(expected);
  },
);
