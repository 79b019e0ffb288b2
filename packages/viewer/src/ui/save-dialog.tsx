import { useSignal } from '@preact/signals';
import { saveResult, saveView } from '../actions/save.ts';
import type { SavedKind } from '../results/encode-result.ts';
import * as state from '../state.ts';
import { Segments } from './controls.tsx';
import { Dialog } from './dialog.tsx';

const KINDS = [
  { value: 'mask', text: 'Mask' },
  { value: 'probability', text: 'Probability' },
  { value: 'instances', text: 'Cells' },
] as const;

const ABOUT: Readonly<Record<SavedKind, string>> = {
  mask: '255 where the probability of interior is above the threshold, 0 elsewhere.',
  probability: 'Probability of interior: float32 in a TIFF, 0 to 255 in a PNG.',
  instances:
    'A number for each cell, by threshold and smallest size: uint32 in a TIFF, in red, green and blue in a PNG.',
};

/** Asks what is saved, and how. */
export function SaveDialog({ onClose }: { readonly onClose: () => void }) {
  const kind = useSignal<SavedKind>('mask');
  const format = useSignal<'tiff' | 'png'>('tiff');
  const which = useSignal<'section' | 'all'>('section');
  const finished = [...state.results.value.values()].filter(({ isWhole }) => isWhole).length;
  const hasSection = state.result.value?.isWhole === true;
  const isPng = format.value === 'png';
  const isAll = which.value === 'all' && !isPng;
  const canSave = isAll ? finished > 0 : hasSection;
  return (
    <Dialog title="Save" onClose={onClose}>
      <form method="dialog" onSubmit={() => void saveResult(kind.value, format.value, isAll ? 'all' : 'section')}>
        <Segments label="Result" value={kind.value} options={KINDS} onChoose={(value) => (kind.value = value)} />
        <p class="note">{ABOUT[kind.value]}</p>
        <Segments
          label="File"
          value={format.value}
          options={[
            { value: 'tiff', text: 'TIFF' },
            { value: 'png', text: 'PNG' },
          ]}
          onChoose={(value) => (format.value = value)}
        />
        <Segments
          label="Sections"
          value={isAll ? 'all' : 'section'}
          options={[
            { value: 'section', text: 'The one in view' },
            { value: 'all', text: `All segmented (${finished})`, disabled: isPng || finished === 0 },
          ]}
          onChoose={(value) => (which.value = value)}
        />
        {!canSave && <p class="note">This section is not segmented yet.</p>}
        <div class="actions">
          <button
            type="button"
            onClick={({ currentTarget }) => {
              // What is said of it is said behind the dialog.
              currentTarget.closest('dialog')?.close();
              void saveView();
            }}
          >
            Picture of the view
          </button>
          <button class="primary" disabled={!canSave} autofocus>
            Save result
          </button>
        </div>
      </form>
    </Dialog>
  );
}
