import { closeLabels, openLabels } from '../actions/compare.ts';
import { openSampleLabels } from '../actions/sample.ts';
import * as state from '../state.ts';
import { Card, Choice } from './controls.tsx';
import { FileButton } from './file-button.tsx';

/** Labels beside which the result is measured. */
export function CompareCard() {
  const { labels, labelKind, scores, stack, result } = state;
  const isOpen = labels.value !== null;
  return (
    <Card title="Compare with labels">
      {isOpen && <p class="value">{labels.value?.name}</p>}
      <div class="actions">
        <FileButton
          label="Choose a label file"
          accept=".tif,.tiff,.png,image/tiff,image/png"
          onFiles={([file]) => {
            if (file !== undefined) void openLabels({ kind: 'file', file });
          }}
        >
          {isOpen ? 'Others …' : 'Open labels …'}
        </FileButton>
        {stack.value?.isBundled === true && !isOpen && (
          <button type="button" onClick={() => void openSampleLabels()}>
            Labels of the sample
          </button>
        )}
        {isOpen && (
          <button type="button" onClick={() => void closeLabels()}>
            Close
          </button>
        )}
      </div>
      {isOpen && (
        <Choice
          label="Labels other than 0 are"
          value={labelKind.value}
          options={[
            { value: 'interior', text: 'interior' },
            { value: 'membrane', text: 'membrane' },
            { value: 'instances', text: 'ids of cells' },
          ]}
          onChoose={(value) => (labelKind.value = value)}
        />
      )}
      {isOpen && result.value?.isWhole !== true && <p class="note">Segment the section to measure it.</p>}
      {scores.value !== null && (
        <table>
          <caption>This section beside its labels</caption>
          <tbody>
            {scores.value.map(({ name, value, better }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
                <td class="note">{better === 'higher' ? 'best 1' : 'best 0'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
