/** A command as a shell takes it, each word in quotes where it must be. */
export function commandLine(command: string, words: readonly string[]): string {
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [command, ...quoted].join(' ');
}
