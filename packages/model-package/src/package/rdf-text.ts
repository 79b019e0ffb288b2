import { InvalidPackageError } from '@dilated-unet/core';
import { Composer, isNode, Lexer, Parser, visit, type CST, type ParsedNode, type Document } from 'yaml';

/** Largest description that is read, bytes: ours have 5 KB, others of bioimage.io up to 50. */
export const MOST_RDF_BYTES = 2 ** 18;
/** Collections in one another. */
const DEEPEST = 64;
/** Entries of one collection: the library compares each key of a map with all before it. */
const MOST_ENTRIES = 2000;
const MOST_ALIASES = 100;

/**
 * The value that a YAML file stands for, of YAML's core schema alone.
 *
 * @param file names it in messages.
 * @throws InvalidPackageError when it is no YAML of one document, has a key twice or a tag, or is nested,
 *   long or aliased without end.
 */
export function parseRdfText(bytes: Uint8Array, file: string): unknown {
  const refuse = (rule: string, cause?: unknown): InvalidPackageError =>
    new InvalidPackageError(file, rule, undefined, { cause });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuse('must be a text in UTF-8', cause);
  }
  const tokens = shallowTokens(text);
  if (tokens === null || tokens.some(isTooLarge)) {
    throw refuse(
      `must not be nested more than ${DEEPEST} levels deep, nor have lists of more than ${MOST_ENTRIES} entries`,
    );
  }
  try {
    const documents: Document.Parsed<ParsedNode>[] = [
      ...new Composer({ schema: 'core', version: '1.2', merge: false, logLevel: 'silent' }).compose(tokens, true),
    ];
    const [document, another] = documents;
    if (document === undefined || another !== undefined) throw refuse('must be one YAML document');
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw refuse(`must be YAML: ${firstLine(fault.message)}`, fault);
    if (holdsItself(document)) throw refuse('must not have an alias inside of what it stands for');
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
  } catch (cause) {
    if (cause instanceof InvalidPackageError) throw cause;
    // What the library throws beside: too many aliases, or one that stands before its anchor.
    throw refuse(`must be YAML: ${firstLine(cause instanceof Error ? cause.message : String(cause))}`, cause);
  }
}

/**
 * The parts of a text; null where they are nested far too deep. The library leaves and composes each level by a call; where
 * these end the stack inside of a regular expression, Node aborts.
 */
function shallowTokens(text: string): readonly CST.Token[] | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // Beside the collections it holds what stands in them.
    if (parser.stack.length > 2 * DEEPEST) return null;
  }
  return [...tokens, ...parser.end()];
}

/** Whether `token` holds others more than `DEEPEST` levels deep, or more than `MOST_ENTRIES` side by side. */
function isTooLarge(token: CST.Token): boolean {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { depth } = next;
    if (depth > DEEPEST) return true;
    const items = 'items' in next.token ? next.token.items : [next.token as CST.Document];
    if (items.length > MOST_ENTRIES) return true;
    for (const item of items) {
      for (const child of ['key' in item ? item.key : undefined, item.value]) {
        if (child) open.push({ token: child, depth: depth + 1 });
      }
    }
  }
  return false;
}

/** Whether an alias leads to something around it: a value without end. */
function holdsItself(document: Document.Parsed<ParsedNode>): boolean {
  let found = false;
  visit(document, {
    Alias(_, { source }, path) {
      found ||= path.some((part) => isNode(part) && 'anchor' in part && part.anchor === source);
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] as string;
