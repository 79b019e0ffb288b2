import { useSignal } from '@preact/signals';
import { openFiles, openFolder } from '../actions/take-files.ts';
import { copyLink } from '../actions/save.ts';
import * as state from '../state.ts';
import { AddressDialog } from './address-dialog.tsx';
import { FileButton } from './file-button.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Icon } from './icons.tsx';
import { SaveDialog } from './save-dialog.tsx';

const THEMES = { auto: 'light', light: 'dark', dark: 'auto' } as const;

/** The head of the page: what is opened, saved and passed on. */
export function Toolbar() {
  const dialog = useSignal<'address' | 'save' | 'help' | null>(null);
  const close = (): void => void (dialog.value = null);
  const { theme, stack } = state;
  return (
    <header class="toolbar">
      <h1>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 11c5-6 9 3 13-1s6-7 11-4M4 24c4-7 8-1 12-5s7-3 12 3M16 10c-2 4 2 6 0 9" />
        </svg>
        <span>Dilated U-net</span>
      </h1>
      <nav aria-label="Open and save">
        <FileButton
          label="Choose an image file"
          accept=".tif,.tiff,.tf2,.tf8,.btf,.png,.jpg,.jpeg,image/*"
          onFiles={openFiles}
        >
          <Icon name="file" />
          <span>Open</span>
        </FileButton>
        <FileButton label="Choose a folder of sections" isFolder onFiles={openFolder}>
          <Icon name="open" />
          <span class="wide">Folder</span>
        </FileButton>
        <button
          type="button"
          title="Open an address"
          aria-label="Open an address"
          onClick={() => (dialog.value = 'address')}
        >
          <Icon name="address" />
          <span class="wide">Address</span>
        </button>
        <button
          type="button"
          title="Save"
          aria-label="Save"
          disabled={stack.value === null}
          onClick={() => (dialog.value = 'save')}
        >
          <Icon name="save" />
          <span class="wide">Save</span>
        </button>
        <button
          type="button"
          title="Copy a link to this view"
          aria-label="Copy a link to this view"
          disabled={stack.value === null}
          onClick={() => void copyLink()}
        >
          <Icon name="link" />
          <span class="wide">Link</span>
        </button>
      </nav>
      <nav class="end" aria-label="Page">
        <button
          type="button"
          class="quiet"
          title={`Colours: ${theme.value}`}
          aria-label={`Colours of the page: ${theme.value}`}
          onClick={() => (theme.value = THEMES[theme.value])}
        >
          <Icon name="theme" />
        </button>
        <button type="button" class="quiet" title="Help" aria-label="Help" onClick={() => (dialog.value = 'help')}>
          <Icon name="help" />
        </button>
      </nav>
      {dialog.value === 'address' && <AddressDialog onClose={close} />}
      {dialog.value === 'save' && <SaveDialog onClose={close} />}
      {dialog.value === 'help' && <HelpDialog onClose={close} />}
    </header>
  );
}
