import { STYLE } from './style.ts';

/** Whatever a name smuggles in, a browser loads nothing from elsewhere and runs nothing. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * A page as one HTML file that needs nothing else: styles and pictures are inside, no script.
 *
 * @param title without characters that mean something to HTML. @param body HTML. @param style rules beside those of all pages.
 */
export function renderDocument(title: string, body: string, style = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>
${STYLE}${style}</style>
</head>
<body>
<main>
${body}</main>
</body>
</html>
`;
}

/** A file as an address that holds it. @param type for example `image/jpeg`. */
export function dataUri(type: string, content: Uint8Array | string): string {
  return `data:${type};base64,${Buffer.from(content).toString('base64')}`;
}
