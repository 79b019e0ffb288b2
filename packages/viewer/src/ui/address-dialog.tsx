import { useSignal } from '@preact/signals';
import { openStack } from '../actions/open.ts';
import { Dialog } from './dialog.tsx';

/** Asks for the address of a stack. */
export function AddressDialog({ onClose }: { readonly onClose: () => void }) {
  const address = useSignal('');
  return (
    <Dialog title="Open an address" onClose={onClose}>
      <form method="dialog" onSubmit={() => void openStack({ kind: 'url', url: address.value.trim() })}>
        <label class="field">
          Address of a TIFF or an OME-Zarr
          <input
            type="url"
            required
            autofocus
            pattern="https?://.+"
            placeholder="https://example.org/volume.ome.zarr"
            value={address.value}
            onInput={({ currentTarget }) => (address.value = currentTarget.value)}
          />
        </label>
        <p class="note">
          Its server must allow pages of other origins to read it (CORS), and should answer range requests.
        </p>
        <div class="actions">
          <button class="primary">Open</button>
        </div>
      </form>
    </Dialog>
  );
}
