/** `url` as messages and records name it: without user, password, query and fragment, which may be secret and change. */
export function addressText(url: string | URL): string {
  return String(url)
    .replace(/[?#].*$/s, '')
    .replace(/^(\w+:\/\/)[^/]*@/, '$1');
}

/** `url` without a user and password, which fetch refuses in an address, and the headers that say them in their place. */
export function withoutUser(url: string | URL): { readonly address: string | URL; readonly headers: Headers } {
  const headers = new Headers();
  // A page may give an address that is relative to its own.
  if (!URL.canParse(url)) return { address: url, headers };
  const address = new URL(url);
  const { username, password } = address;
  if (username + password === '') return { address, headers };
  address.username = address.password = '';
  const bytes = `${username}:${password}`.replace(/%[\da-f]{2}/gi, (hex) =>
    String.fromCharCode(parseInt(hex.slice(1), 16)),
  );
  headers.set('Authorization', `Basic ${btoa(bytes)}`);
  return { address, headers };
}
