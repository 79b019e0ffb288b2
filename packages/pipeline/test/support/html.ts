import { parse, type DefaultTreeAdapterTypes, type ParserError } from 'parse5';

export interface HtmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** All elements of an HTML document in order, and what the HTML standard calls its parse errors. */
export function readHtml(html: string): {
  readonly elements: readonly HtmlElement[];
  readonly errors: readonly string[];
} {
  const errors: string[] = [];
  const document = parse(html, {
    onParseError: ({ code, startLine, startCol }: ParserError) => errors.push(`${code} at ${startLine}:${startCol}`),
    sourceCodeLocationInfo: true,
  });
  const elements: HtmlElement[] = [];
  let closed = 0;
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('attrs' in node) {
      elements.push({
        name: node.nodeName,
        attributes: Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])),
      });
      if (node.sourceCodeLocation?.endTag) closed++;
      // An element that the parser had to close by itself.
      if (node.sourceCodeLocation?.startTag && !node.sourceCodeLocation.endTag && !VOID.has(node.nodeName)) {
        const [start, end] = [node.sourceCodeLocation.startTag.startOffset, node.sourceCodeLocation.startTag.endOffset];
        if (!html.slice(start, end).endsWith('/>')) errors.push(`<${node.nodeName}> is not closed`);
      }
    }
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(document);
  const ends = html.match(/<\/[a-z]/g)?.length ?? 0;
  if (ends !== closed) errors.push(`${ends} end tags for ${closed} elements`);
  return { elements, errors };
}

const VOID = new Set(['meta', 'img', 'source', 'br', 'hr', 'link', 'input', 'col']);
