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
