import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { isFileName } from '@dilated-unet/model-package';
import { parse } from 'yaml';

/** A work that users of the model cite. */
export interface Citation {
  readonly text: string;
  /** Without `https://doi.org/`. */
  readonly doi: string;
}

/** What only the one who trained the model knows. */
export interface About {
  /** 5 to 128 letters, digits, spaces, `_`, `-`, `+`, parentheses. */
  readonly name?: string;
  readonly authors: readonly string[];
  /** SPDX identifier, such as CC-BY-4.0. */
  readonly license?: string;
  /** Under what it may be used, in words, where no licence of SPDX says it; it has one of the two. */
  readonly terms?: string;
  /** Beside what every U-net cites. */
  readonly cite: readonly Citation[];
  /** Markdown for the package's README: on which images the model works, and on which it does not. */
  readonly text: string;
  /** The pictures that `text` shows, by the name that it gives them. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
}

export const NOTHING_SAID: About = { authors: [], cite: [], text: '', pictures: new Map() };

/** What a picture shows, in brackets, in which others may stand. */
const LABEL = String.raw`\[(?:\\[^]|[^\\[\]]|\[[^[\]]*\])*\]`;

/** A picture in Markdown, by its name or address, which may stand between `<` and `>`; it may have a title. */
const PICTURE = new RegExp(
  String.raw`!${LABEL}\(\s*(?:<([^<>\n]+)>|((?:[^()<>\s]|\([^()<>\s]*\))+))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`,
  'g',
);

/** What may show a picture in another way: by a reference, as HTML with no address, or by a name with spaces. */
const OTHER_PICTURE = new RegExp(String.raw`!(?!\[\^)${LABEL}[[(].*|<img\b(?![^>]*\bsrc\s*=\s*["']?[^"'\s>]*:).*`, 'i');

/** An address below the text, to which a label refers; `[^1]:` is a footnote. */
const DEFINITION = /^ {0,3}(\[[^^\]][^\]]*\]):/gm;

/** Code of whole lines between fences, and code in a line. */
const CODE =
  /^[ \t]*(`{3,}|~{3,})[^`\n]*\n[^]*?(?:^[ \t]*\1|(?![^]))|(?<![\\`])(`+)(?!`)(?:(?!\n\s*\n)[^])+?(?<!`)\2(?!`)/gm;

/** The fields and the text below them. */
const FRONT_MATTER = /^---[ \t]*\r?\n(.*?\r?\n)?---[ \t]*(?:\r?\n(.*))?$/s;

/** Names and types of the fields above the text. */
const FIELDS = {
  name: isText,
  authors: (value: unknown) => isListOf(value, isText),
  license: isText,
  terms: isText,
  cite: (value: unknown) => isListOf(value, isCitation),
} as const;

/**
 * Reads a Markdown file with fields in YAML above it, between two lines of `---`: `name`, `authors` (a list), `license`, `terms`,
 * `cite` (a list of `text` and `doi`). Each may be absent.
 *
 * @throws InvalidOptionError when there is no such file, its fields do not end, one is unknown or of another type, or a picture is
 *   missing, has a name that packages do not take, or is shown in another way than `![text](name)`.
 */
export async function readAbout(path: string): Promise<About> {
  const refused = (rule: string, received: unknown = path): InvalidOptionError =>
    new InvalidOptionError('about', rule, received);
  const read = await readFile(path, 'utf8').catch(() => {
    throw refused('must be a Markdown file');
  });
  const content = read.replace(/^\uFEFF/, '');
  const parts = FRONT_MATTER.exec(content);
  if (parts === null && content.startsWith('---'))
    throw refused('must have its fields between two lines of ---, as it begins with the first');
  const [, yaml = '', text = ''] = parts ?? ['', '', content];
  let fields: unknown;
  try {
    fields = parse(yaml) ?? {};
  } catch (cause) {
    throw refused(`must have YAML between the lines ---, in ${path}: ${(cause as Error).message.split('\n')[0]}`);
  }
  if (typeof fields !== 'object' || Array.isArray(fields)) throw refused('must have fields between the lines ---');
  for (const [name, value] of Object.entries(fields as object)) {
    if (!Object.hasOwn(FIELDS, name)) throw refused(`must have no other fields than ${Object.keys(FIELDS).join(', ')}`, name); // prettier-ignore
    if (!FIELDS[name as keyof typeof FIELDS](value)) throw refused(`has a wrong value in its field ${name}`, value);
  }
  const pictures = new Map<string, Uint8Array>();
  const other = otherPicture(text.replaceAll(CODE, ' ').replaceAll(PICTURE, ' '));
  if (other !== undefined) {
    throw refused('must show pictures as ![what it shows](name.png), or (<name.png>) where a name has spaces', other);
  }
  for (const [, bracketed, bare = ''] of text.matchAll(PICTURE)) {
    const name = bracketed ?? bare;
    if (name.includes(':')) continue;
    if (basename(name) !== name) throw refused('must name pictures that lie beside it', name);
    if (!isFileName(name)) throw refused('must name pictures without %, \\ and control characters: rename it', name);
    const bytes = await readFile(join(dirname(path), name)).catch(() => {
      throw refused('must name pictures that lie beside it', name);
    });
    pictures.set(name, Uint8Array.from(bytes));
  }
  return { ...NOTHING_SAID, ...(fields as Partial<About>), text: text.trim(), pictures };
}

/** What of `text` shows a picture in another way than `![text](name)`. */
function otherPicture(text: string): string | undefined {
  const unescaped = text.replaceAll('\\!', ' ');
  const [other] = OTHER_PICTURE.exec(unescaped) ?? [];
  if (other !== undefined) return other;
  const shown = [...unescaped.matchAll(DEFINITION)].map(([, label = '']) => `!${label}`);
  return shown.find((one) => unescaped.toLowerCase().includes(one.toLowerCase()));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isCitation(value: unknown): value is Citation {
  const { text, doi } = (value ?? {}) as Partial<Citation>;
  return isText(text) && typeof doi === 'string' && /^10\.\d{4,9}\/\S+$/.test(doi);
}
