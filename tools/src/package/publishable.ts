import { createRequire } from 'node:module';
import { InvalidOptionError } from '@dilated-unet/core';
import type { About } from './about.ts';

const require = createRequire(import.meta.url);
/** All identifiers, also those that newer ones replace: bioimage.io takes both. */
const LICENSES = new Set([
  ...(require('spdx-license-ids') as readonly string[]),
  ...(require('spdx-license-ids/deprecated') as readonly string[]),
]);

/**
 * Requires that bioimage.io takes what is said of a model.
 *
 * @throws InvalidOptionError when the name has other characters, a name of an author has a slash, or the licence is none of SPDX or
 *   stands beside terms, which it may contradict.
 */
export function requirePublishable({
  name,
  authors,
  license,
  terms,
}: Pick<About, 'name' | 'authors' | 'license' | 'terms'>): void {
  if (name !== undefined && !/^[\w+\- ()]{5,128}$/.test(name)) {
    throw new InvalidOptionError('name', 'must have 5 to 128 letters, digits, spaces, _, -, + or parentheses', name);
  }
  const slashed = authors.find((author) => /[/\\]/.test(author));
  if (slashed !== undefined) {
    throw new InvalidOptionError('author', 'must be a name without / and \\, which bioimage.io does not take', slashed);
  }
  if (license !== undefined && !LICENSES.has(license)) {
    const rule =
      'must be an identifier of SPDX (https://spdx.org/licenses), such as CC-BY-4.0. Other terms are said in words, by the field ' +
      'terms of --about';
    throw new InvalidOptionError('license', rule, license);
  }
  if (license !== undefined && terms !== undefined) {
    const rule =
      'must be absent where the field terms of --about says under what the model may be used: that is for what no licence of ' +
      'SPDX says. Give one of the two';
    throw new InvalidOptionError('license', rule, license);
  }
}
