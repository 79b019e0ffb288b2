import { writeFileSync } from 'node:fs';
import { InvalidOptionError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../packages/stacks/test/support/folder.ts';
import { NOTHING_SAID, readAbout } from '../../src/package/about.ts';

const folder = temporaryFolder();
const about = (content: string) => {
  writeFileSync(folder.file('about.md'), content);
  return readAbout(folder.file('about.md'));
};

test('reads the fields above the text, and the pictures that it shows', async () => {
  writeFileSync(folder.file('cell.png'), 'picture');
  const said = await about(
    '---\nname: Axons\nauthors: [A, B]\nterms: For tests.\ncite:\n  - text: A work\n    doi: 10.1000/a.b\n---\n\n' +
      '# Where\n\n![A cell](cell.png) ![Elsewhere](https://example.org/x.png) [a link](other.md)\n',
  );
  expect(said).toEqual({
    name: 'Axons',
    authors: ['A', 'B'],
    terms: 'For tests.',
    cite: [{ text: 'A work', doi: '10.1000/a.b' }],
    text: '# Where\n\n![A cell](cell.png) ![Elsewhere](https://example.org/x.png) [a link](other.md)',
    pictures: new Map([['cell.png', Uint8Array.from(Buffer.from('picture'))]]),
  });
});

test.each(['![A cell](cell.png "A cell")', "![](<cell.png> 'A cell')", '![A cell]( cell.png )'])(
  'takes a picture as Markdown has it: %s',
  async (text) => {
    writeFileSync(folder.file('cell.png'), 'picture');
    expect([...(await about(text)).pictures.keys()]).toEqual(['cell.png']);
  },
);

test.each([
  ['my cell.png', '![A](<my cell.png> "A cell")'],
  ['cell(1).png', '![A](cell(1).png)'],
])('takes a picture of the name %s', async (name, text) => {
  writeFileSync(folder.file(name), 'picture');
  expect([...(await about(text)).pictures.keys()]).toEqual([name]);
});

test.each([
  '<img src="https://example.org/x.png" width="9">',
  '![A](https://example.org/a_(b).png)',
  '\\![no picture]\n\n[no picture]: https://example.org',
  'It is astonishing![^1]\n\n[^1]: Even so.',
  '![Fig. [1] of it](https://example.org/x.png)',
  'Odd![1, 2] without an address',
  'In code: `a![0][1]` and ``b![`c`][2]``',
  '```rust\nlet a = vec![1, 2][0];\n```\n\nMore',
])('leaves alone what is not beside it: %s', async (text) => {
  expect(await about(text)).toEqual({ ...NOTHING_SAID, text });
});

test.each([
  ['![A][cell]\n\n[cell]: cell.png', '![A][cell]'],
  ['![cell]\n\n[cell]: cell.png', '![cell]'],
  ['A cell: <img width="9" src="cell.png">', '<img width=\\"9\\" src=\\"cell.png\\">'],
  ['![A](my cell.png)', '![A](my cell.png)'],
  ['![A](cell.png) ![B][cell]', '![B][cell]'],
  ['[cell]: cell.png\n\nHere: ![Cell]', '![cell]'],
  ['A lone ` here.\n\n![A][cell]\n\nAnother ` there.', '![A][cell]'],
  ['```text```\n\n![A][cell]\n', '![A][cell]'],
])('refuses a picture that would not be packed, by name: %j', async (text, shown) => {
  writeFileSync(folder.file('cell.png'), 'picture');
  const refusal = about(text);
  await expect(refusal).rejects.toThrow('must show pictures as ![what it shows](name.png)');
  await expect(refusal).rejects.toThrow(`received "${shown}"`);
});

test.each([
  ['a byte order mark', '\uFEFF---\nlicense: MIT\n---\nAxons.\n', 'Axons.'],
  ['spaces behind its lines of ---', '---  \nlicense: MIT\n---\t\nAxons.\n', 'Axons.'],
  ['the line ends of Windows', '---\r\nlicense: MIT\r\n---\r\nAxons.\r\n', 'Axons.'],
  ['no text and no line end', '---\nlicense: MIT\n---', ''],
])('reads the fields of a file with %s', async (_, content, text) => {
  expect(await about(content)).toEqual({ ...NOTHING_SAID, license: 'MIT', text });
});

test('a file without fields is all text', async () => {
  expect(await about('Works on axons.\n\n---\n\nOn nothing else.\n')).toEqual({
    ...NOTHING_SAID,
    text: 'Works on axons.\n\n---\n\nOn nothing else.',
  });
});

test.each([
  ['a field that is misspelt', '---\nlicence: MIT\n---\n', 'no other fields than name, authors, license, terms, cite'],
  ['a field of another type', '---\nauthors: A\n---\n', 'a wrong value in its field authors'],
  ['a citation without its DOI', '---\ncite: [{ text: A work }]\n---\n', 'a wrong value in its field cite'],
  ['a list in place of fields', '---\n- a\n---\n', 'must have fields between the lines ---'],
  ['what is no YAML', '---\nname: [\n---\n', 'must have YAML between the lines ---'],
  ['fields that do not end', '---\nlicense: MIT\n\nAxons.\n', 'must have its fields between two lines of ---'],
  ['a picture whose name packages do not take', '![A](50%.png)', 'must name pictures without %'],
  ['a picture that is missing', '![A](missing.png)', 'must name pictures that lie beside it'],
  ['a picture elsewhere', '![A](../about.md)', 'must name pictures that lie beside it'],
])('refuses %s', async (_, content, message) => {
  await expect(about(content)).rejects.toThrow(InvalidOptionError);
  await expect(about(content)).rejects.toThrow(message);
});

test('refuses a file that is missing', async () => {
  await expect(readAbout(folder.file('none.md'))).rejects.toThrow('must be a Markdown file');
});
