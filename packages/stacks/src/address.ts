/** `url` as messages and records name it: without user, password, query and fragment, which may be secret and change. */
export function addressText(url: string | URL): string {
  return String(url)
    .replace(/[?#].*$/s, '')
    .replace(/^(\w+:\/\/)[^/]*@/, '$1');
}
