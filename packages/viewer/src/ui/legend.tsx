import { cellsText } from '../actions/tell.ts';
import { cells, layout, result, show, z } from '../state.ts';
import { COLOURS, css, type Rgb } from '../view/colours.ts';

const ENTRIES: Readonly<Record<string, readonly (readonly [Rgb, string])[]>> = {
  membrane: [[COLOURS.membrane, 'membrane']],
  interior: [[COLOURS.interior, 'cell interior']],
  errors: [
    [COLOURS.found, 'membrane found'],
    [COLOURS.missed, 'missed'],
    [COLOURS.invented, 'where none is labelled'],
  ],
};

/** What the colours over the image mean. */
export function Legend() {
  if (result.value === null || show.value === 'nothing') return null;
  const entries = ENTRIES[show.value] ?? [];
  const found = cells.value?.z === z.value ? cellsText(cells.value.count) : 'Cells are found in whole sections …';
  const text =
    show.value === 'cells' ? found : show.value === 'probability' ? 'white: interior, black: membrane' : null;
  return (
    <ul class={`legend ${layout.value}`}>
      {entries.map(([colour, what]) => (
        <li key={what}>
          <i style={{ background: css(colour) }} />
          {what}
        </li>
      ))}
      {text !== null && <li>{text}</li>}
    </ul>
  );
}
