import { InvalidPackageError } from '@dilated-unet/core';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { archive } from '../src/index.ts';
import { crc32 } from '../src/zip/crc32.ts';
import { zipFiles } from '../src/zip/read-zip.ts';

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
const view = (zip: Uint8Array): DataView => new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
const files = new Map<string, Uint8Array>([
  ['b.txt', text('second')],
  ['a.onnx', new Uint8Array(5000)],
]);

describe('archive', () => {
  test('holds the files, and does not depend on their order or the time', () => {
    const zip = archive(files);
    expect(unzipSync(zip)).toEqual(Object.fromEntries(files));
    expect(archive(new Map([...files].reverse()))).toEqual(zip);
    // Date of the first entry: 1980-01-01, midnight.
    expect(view(zip).getUint32(10, true)).toBe(0x00210000);
  });
});

describe('zipFiles', () => {
  test('gives the files, stored or packed, beside folders and behind a comment', async () => {
    const zip = zipSync({
      'folder/': new Uint8Array(),
      'folder/packed ü.txt': [text('x'.repeat(300_000)), { level: 9, comment: 'packed' }],
      stored: [text('as it is'), { level: 0 }],
    });
    const comment = text('a comment');
    view(zip).setUint16(zip.length - 2, comment.length, true);
    const read = zipFiles(Uint8Array.from([...zip, ...comment]));
    expect(await read.read('folder/packed ü.txt', 1e6)).toEqual(text('x'.repeat(300_000)));
    expect(await read.read('stored', 8)).toEqual(text('as it is'));
    expect(await Promise.all(['stored', 'folder', 'folder/', 'other'].map((name) => read.has(name)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  /** Where the record of file number `i` is in the directory of `zip`. */
  function record(zip: Uint8Array, i: number): number {
    let at = view(zip).getUint32(zip.length - 6, true);
    for (; i > 0; i--) at += 46 + view(zip).getUint16(at + 28, true);
    return at;
  }
  const patched = (change: (view: DataView, zip: Uint8Array) => void): Uint8Array => {
    const zip = archive(files);
    change(view(zip), zip);
    return zip;
  };
  const rename = (zip: Uint8Array, i: number, name: string): void => {
    zip.set(text(name), record(zip, i) + 46);
    zip.set(text(name), view(zip).getUint32(record(zip, i) + 42, true) + 30);
  };
  /** `zip` with a comment that ends in an end record of its own, which declares a comment and has none. */
  const withEndInComment = (zip: Uint8Array): Uint8Array => {
    const comment = zip.slice(-22);
    view(comment).setUint16(20, 9, true);
    const out = Uint8Array.from([...zip, ...comment]);
    view(out).setUint16(zip.length - 2, comment.length, true);
    return out;
  };
  /** `zip` whose last file has a comment that is, as other programs read it, the locator of another directory. */
  const withLocator = (zip: Uint8Array): Uint8Array => {
    const [directory, end] = [zip.slice(record(zip, 0), -22), zip.slice(-22)];
    const locator = Uint8Array.from([...text('PK\x06\x07'), ...new Uint8Array(16)]);
    view(directory).setUint16(record(zip, 1) - record(zip, 0) + 32, locator.length, true);
    view(end).setUint32(12, directory.length + locator.length, true);
    return Uint8Array.from([...zip.slice(0, record(zip, 0)), ...directory, ...locator, ...end]);
  };
  const twice = (): Uint8Array => {
    const zip = zipSync({ 'a.txt': text('one'), 'b.txt': text('two') });
    rename(zip, 1, 'a.txt');
    return zip;
  };

  test.each<[string, Uint8Array, string, string | RegExp]>([
    ['two files of one name', twice(), 'a.txt', 'must be in the zip once; two files have this name'],
    ['an encrypted file', patched((v, zip) => v.setUint16(record(zip, 1) + 8, 1, true)), 'b.txt', 'must not be encrypted'],
    ['strong encryption', patched((v, zip) => v.setUint16(record(zip, 1) + 8, 0x40, true)), 'b.txt', 'must not be encrypted'],
    ['another method', patched((v, zip) => v.setUint16(record(zip, 0) + 10, 14, true)), 'a.onnx', 'must be packed by method 0 or 8 (stored, Deflate)'],
    ['a link', patched((v, zip) => { v.setUint8(record(zip, 0) + 5, 3); v.setUint16(record(zip, 0) + 40, 0xa1ff, true); }), 'a.onnx', 'must be a file; it is a link'],
    ['an absurd size', patched((v, zip) => v.setUint32(record(zip, 0) + 24, 0x7fffffff, true)), 'a.onnx', `must have at most ${2 ** 29} bytes`],
    ['a size beyond what Deflate can give', patched((v, zip) => v.setUint32(record(zip, 0) + 24, 1e8, true)), 'a.onnx', /^must have a size that \d+ packed bytes can give$/],
    ['ZIP64', patched((v, zip) => v.setUint32(zip.length - 6, 0xffffffff, true)), 'zip', /^must not be ZIP64/],
    ['ZIP64 whose end record does not say so', withLocator(archive(files)), 'zip', /^must not be ZIP64/],
    ['a second end record in the comment', withEndInComment(archive(files)), 'zip', 'must be whole: its last end record is not followed by the comment that it declares'],
    ['a part of several', patched((v, zip) => v.setUint16(zip.length - 18, 1, true)), 'zip', /^must be one archive/],
    ['a directory elsewhere', patched((v, zip) => v.setUint32(zip.length - 6, 3, true)), 'zip', /^must be whole/],
    ['too many files', patched((v, zip) => { v.setUint16(zip.length - 12, 2000, true); v.setUint16(zip.length - 14, 2000, true); }), 'zip', 'must have at most 1000 files'],
    ['more files than there are', patched((v, zip) => { v.setUint16(zip.length - 12, 3, true); v.setUint16(zip.length - 14, 3, true); }), 'zip', 'must be whole: its directory ends early'],
    ['fewer files than there are', patched((v, zip) => { v.setUint16(zip.length - 12, 1, true); v.setUint16(zip.length - 14, 1, true); }), 'zip', 'must be whole: its directory has more than it says'],
    ['files that share bytes', patched((v, zip) => { rename(zip, 1, 'b.onn'); zip.set(text('b.onn'), 30); v.setUint32(record(zip, 1) + 42, 0, true); v.setUint16(26, 5, true); rename(zip, 0, 'b.onnx'); }), 'zip', /^must be whole/],
    ['a file beyond the end', patched((v, zip) => v.setUint32(record(zip, 1) + 42, 1e6, true)), 'zip', 'must be whole: b.txt is not where its directory says'],
    ['another name where the file lies', patched((_, zip) => zip.set(text('x'), 30)), 'zip', 'must be whole: a.onnx has another name where it lies'],
    ['a name that leaves the package', zipSync({ '../a': text('x') }), 'zip', 'must name a file of the package by a plain relative path'],
    ['a name with a backslash', zipSync({ 'a\\b': text('x') }), 'zip', 'must name a file of the package by a plain relative path'],
    ['a name that is no UTF-8', patched((_, zip) => { zip[record(zip, 1) + 46] = 0xff; }), 'zip', 'must have file names in UTF-8'],
    ['cut off', archive(files).slice(0, -1), 'zip', 'must be whole: it has no directory, as if it were cut off'],
    ['its first bytes alone', archive(files).slice(0, 4), 'zip', 'must be whole: it has no directory, as if it were cut off'],
  ])('refuses %s', (_, zip, field, rule) => {
    expect(() => zipFiles(zip)).toThrow(InvalidPackageError);
    const matcher = typeof rule === 'string' ? rule : (expect.stringMatching(rule) as string);
    expect(() => zipFiles(zip)).toThrow(expect.objectContaining({ field, rule: matcher }) as Error);
  }); // prettier-ignore

  test('refuses records of several files that lead to one', () => {
    // Both are stored, so that one begins where the other's bytes are: in a bomb each file is the rest of the archive.
    const inner = zipSync({ 'b.txt': [text('x'), { level: 0 }] });
    const zip = zipSync({ 'a.txt': [inner.slice(0, 36), { level: 0 }], 'b.txt': [text('x'), { level: 0 }] });
    view(zip).setUint32(record(zip, 1) + 42, 35, true);
    expect(() => zipFiles(zip)).toThrow('b.txt must not share bytes with another file of the zip');
  });

  test('inflates no more than is declared, nor fewer', async () => {
    const zip = zipSync({ bomb: new Uint8Array(2e6), small: text('abc'.repeat(50)) });
    view(zip).setUint32(record(zip, 0) + 24, 1000, true);
    view(zip).setUint32(record(zip, 1) + 24, 151, true);
    const read = zipFiles(zip);
    for (const [name, size] of [['bomb', 1000], ['small', 151]] as const) {
      await expect(read.read(name, 1e9)).rejects.toThrow(
        expect.objectContaining({ field: name, rule: `must give the ${size} bytes that the zip declares; it does not` }),
      );
    } // prettier-ignore
  });

  test('refuses files that are larger than they may be, missing, or damaged', async () => {
    const zip = archive(files);
    const read = zipFiles(zip);
    await expect(read.read('a.onnx', 4999)).rejects.toThrow('a.onnx must have at most 4999 bytes; received 5000');
    await expect(read.read('c', 10)).rejects.toThrow('c must be in the package; it is missing');
    view(zip).setUint32(record(zip, 1) + 16, 5, true);
    await expect(zipFiles(zip).read('b.txt', 10)).rejects.toThrow('b.txt must have its checksum; it is damaged');
  });
});

test('the checksum is that of ISO 3309', () => {
  expect(crc32(text('123456789'))).toBe(0xcbf43926);
});
