import { describe, expect, it } from 'vitest';
import { heading, list, paragraph, type ReportDocument } from '../../src/report/document.ts';
import { renderHtml } from '../../src/report/html.ts';
import { escapeMarkdown, renderMarkdown } from '../../src/report/markdown.ts';
import { readHtml } from '../support/html.ts';

const EVIL = '<img src=x onerror="alert(1)"> & | * _a_ `b`';
const document: ReportDocument = {
  title: `Title ${EVIL}`,
  subtitle: EVIL,
  blocks: [
    heading(EVIL),
    paragraph(EVIL, { strong: EVIL }, { code: EVIL }, { link: 'https://example.org/a?b=1&c=2', text: EVIL }),
    list([EVIL], ['second']),
    { kind: 'code', text: 'run --name "<a>" ```' },
    {
      kind: 'table',
      corner: '',
      columns: [EVIL],
      rows: [
        { heading: EVIL, cells: [{ value: '0.95', spread: '± 0.01', strong: true }] },
        { heading: 'original', cells: [{ value: '0.9' }], quiet: true },
      ],
      caption: [EVIL],
    },
    {
      kind: 'figure',
      caption: [EVIL],
      pictures: [
        {
          name: 'a b.webp',
          content: Buffer.from('moving'),
          still: Buffer.from('still'),
          type: 'image/webp',
          width: 4,
          height: 3,
          alt: EVIL,
        },
      ],
    },
  ],
};

describe('renderHtml', () => {
  const html = renderHtml(document);
  const { elements, errors } = readHtml(html);

  it('is well formed, whatever the names are', () => {
    expect(errors).toEqual([]);
    expect(elements.filter(({ name }) => name === 'img')).toHaveLength(1);
    expect(elements.filter(({ attributes }) => 'onerror' in attributes)).toEqual([]);
  });

  it('embeds the picture with its text, and a still one for paper and calm', () => {
    const [image] = elements.filter(({ name }) => name === 'img');
    expect(image?.attributes).toMatchObject({ alt: EVIL, width: '4', height: '3' });
    expect(image?.attributes['src']).toBe(`data:image/webp;base64,${Buffer.from('moving').toString('base64')}`);
    const [source] = elements.filter(({ name }) => name === 'source');
    expect(source?.attributes).toEqual({
      media: 'print, (prefers-reduced-motion: reduce)',
      srcset: `data:image/webp;base64,${Buffer.from('still').toString('base64')}`,
    });
  });

  it('has headings of rows and columns', () => {
    const scopes = elements.filter(({ name }) => name === 'th').map(({ attributes }) => attributes['scope']);
    expect(scopes).toEqual(['col', 'row', 'row']);
    expect(html).toContain('<td><strong>0.95</strong> <span class="spread">± 0.01</span></td>');
    expect(html).toContain('<tr class="quiet">');
  });
});

describe('the check of HTML itself', () => {
  it('finds what is not closed, and wrong nesting', () => {
    expect(
      readHtml('<!doctype html><html><head><title>a</title></head><body><p><b>x</p></body></html>').errors,
    ).not.toEqual([]);
    expect(
      readHtml('<!doctype html><html><head><title>a</title></head><body><p>x</div></p></body></html>').errors,
    ).not.toEqual([]);
  });
});

describe('renderMarkdown', () => {
  const markdown = renderMarkdown(document, 'report');
  const lines = markdown.split('\n');

  it('escapes names', () => {
    expect(escapeMarkdown(EVIL)).toBe('&lt;img src=x onerror="alert(1)"> &amp; \\| \\* \\_a\\_ \\`b\\`');
    expect(escapeMarkdown('# a\n1. b')).toBe('\\# a 1. b');
    expect(escapeMarkdown('1. b')).toBe('1\\. b');
    expect(escapeMarkdown('V_Rand')).toBe('V_Rand');
    expect(markdown.replaceAll(/`+.*?`+/g, '')).not.toContain('<img');
  });

  it('keeps code as it is, with a fence that it does not contain', () => {
    expect(markdown).toContain(`\`\` ${EVIL} \`\``);
    expect(markdown).toContain('````sh\nrun --name "<a>" ```\n````');
  });

  it('has tables with as many cells in each row', () => {
    const rows = lines.filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(4);
    expect(rows[2]).toMatch(/\*\*0\.95\*\* ± 0\.01 \|$/);
    expect(rows[3]).toBe('| *original* | *0.9* |');
  });

  it('refers to the pictures by their text', () => {
    expect(markdown).toContain(`![${escapeMarkdown(EVIL)}](report/a%20b.webp)`);
  });
});
