import { closeLabels, IGNORED_LABELS, ignoreLabel, openLabels } from '../actions/compare.ts';
import { openSampleLabels } from '../actions/sample.ts';
import { takeDroppedLabels } from '../actions/take-files.ts';
import * as state from '../state.ts';
import { Card, Choice, NumberRow } from './controls.tsx';
import { FileButton } from './file-button.tsx';
import { useFocusAfter } from './use-focus-after.ts';

/** Labels beside which the result is measured. */
export function CompareCard() {
  const { labels, isLabelled, labelKind, ignoredLabel, scores, stack, result } = state;
  const isOpen = labels.value !== null;
  return (
    <Card title="Compare with labels" onDrop={(items) => void takeDroppedLabels(items)}>
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
        {isOpen ? (
          <PassingButton onClick={closeLabels}>Close</PassingButton>
        ) : (
          stack.value?.isBundled === true && (
            <PassingButton onClick={openSampleLabels}>Labels of the sample</PassingButton>
          )
        )}
      </div>
      {isOpen && (
        <>
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
          <NumberRow
            label="Ignored value"
            value={ignoredLabel.value}
            placeholder="none"
            min={IGNORED_LABELS.least}
            max={IGNORED_LABELS.most}
            onEnter={ignoreLabel}
          />
        </>
      )}
      {isOpen && !isLabelled.value && <p class="note">This section has no labels.</p>}
      {isLabelled.value && result.value?.isWhole !== true && <p class="note">Segment the section to measure it.</p>}
      {scores.value !== null && ignoredLabel.value !== null && <p class="note">{countedText(scores.value.counted)}</p>}
      {scores.value !== null && scores.value.scores.length > 0 && (
        <table>
          <caption>This section beside its labels</caption>
          <tbody>
            {scores.value.scores.map(({ name, value, better }) => (
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

/** A button that goes when it has done its work; the focus then is on the choice of files beside it. */
function PassingButton(props: { readonly onClick: () => Promise<void>; readonly children: string }) {
  const { onClick, children } = props;
  const button = useFocusAfter<HTMLButtonElement>(({ parentElement }) => parentElement?.querySelector('input') ?? null);
  return (
    <button type="button" ref={button} onClick={() => void onClick()}>
      {children}
    </button>
  );
}

/** How much of the section has labels that count. */
function countedText(share: number): string {
  if (share === 0) return 'No pixel of this section counts.';
  if (share === 1) return 'Every pixel of this section counts: none has the ignored value.';
  return `${(100 * share).toPrecision(3)} % of the pixels of this section count.`;
}
