import { expect, test } from 'vitest';
import { queryHash } from '../../src/parts/address-query.ts';

const of = (query: string): string | undefined => queryHash(`https://example.org/v.zarr?${query}`);

test.each([
  ['', 'token=a&access_token=b&API_KEY=c&password=d'],
  ['', 'X-Amz-Algorithm=a&X-Amz-Date=b&X-Amz-Signature=c&x-goog-expires=d'],
  ['', 'Expires=1&Signature=a&Key-Pair-Id=b&Policy=c'],
  ['', 'sv=2024&sr=b&sp=r&st=1&se=2&skoid=a&sig=b'],
  ['versionid=1', 'versionid=1&sv=2024&sr=b&sig=b'],
  ['a=1&file=x', 'file=x&a=1&token=b'],
])('%j is the same as %j', (one, other) => {
  expect(of(other)).toBe(of(one));
});

test.each([
  ['file=a', 'file=b'],
  ['file=a', ''],
  ['sr=1', 'sr=2'],
  ['id=1&id=2', 'id=2&id=1'],
])('%j is another than %j', (one, other) => {
  expect(of(other)).not.toBe(of(one));
});
