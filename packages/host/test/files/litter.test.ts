import { expect, test } from 'vitest';
import { isLitter } from '../../src/index.ts';

test.each(['.DS_Store', '._mask.tif', '.nfs000000000001', '.directory', 'Thumbs.db', 'desktop.ini', 'Desktop.ini'])(
  '%s is litter',
  (name) => expect(isLitter(name)).toBe(true),
);

test.each(['0', 'zarr.json', '.zarray', '.zattrs', '.zgroup', '.zmetadata', 'plan.json', 'my Thumbs.db', 'a.tif'])(
  '%s is none',
  (name) => expect(isLitter(name)).toBe(false),
);
