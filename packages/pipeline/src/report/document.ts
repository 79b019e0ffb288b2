/** A piece of running text. */
export type Inline =
  string | { readonly strong: string } | { readonly code: string } | { readonly link: string; readonly text: string };

export type Text = readonly Inline[];

/** A number with its spread and what is said about it. */
export interface Cell {
  readonly value: string;
  /** Standard deviation, in words ready to stand after the value. */
  readonly spread?: string;
  readonly strong?: boolean;
}

export interface Row {
  readonly heading: string;
  readonly cells: readonly Cell[];
  /** For comparison only: set back from the other rows. */
  readonly quiet?: boolean;
}

export interface Table {
  readonly kind: 'table';
  /** What the rows are. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly caption: Text;
}

/** A picture that stands as a file beside the report. */
export interface Picture {
  /** Name in the folder of pictures. */
  readonly name: string;
  readonly content: Buffer | string;
  readonly type: 'image/svg+xml' | 'image/jpeg' | 'image/webp';
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** One frame of a moving picture, for paper and for readers who do not want motion. */
  readonly still?: Buffer;
}

export interface Figure {
  readonly kind: 'figure';
  readonly pictures: readonly Picture[];
  readonly caption: Text;
  /** How many stand side by side where there is room. @default 1 */
  readonly across?: 1 | 2;
}

export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'code'; readonly text: string }
  | Table
  | Figure;

/** A report before it is Markdown or HTML. */
export interface ReportDocument {
  readonly title: string;
  /** Under the title: what was run, in a line. */
  readonly subtitle: string;
  readonly blocks: readonly Block[];
}

export const heading = (text: string, level: 2 | 3 = 2): Block => ({ kind: 'heading', level, text });
export const paragraph = (...text: Text): Block => ({ kind: 'paragraph', text });
export const list = (...items: readonly Text[]): Block => ({ kind: 'list', items });
