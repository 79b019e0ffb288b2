import { Dialog } from './dialog.tsx';

const KEYS = [
  [['arrows'], 'move the view'],
  [['+', '−'], 'zoom'],
  [['0'], 'show the whole section'],
  [['1'], 'a pixel of the section for one of the screen'],
  [['page up', 'page down'], 'section before, section after'],
  [['space'], 'hide what is drawn over the image, while it is held'],
  [['S'], 'segment'],
  [['escape'], 'stop'],
] as const;

/** What the page does, and by which keys. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Help" onClose={onClose}>
      <p>
        A U-net finds the cell membranes of electron micrographs, in this browser. Nothing is uploaded. Drop a TIFF
        stack, a PNG, a folder of sections or a model anywhere on the page.
      </p>
      <h3>Keys, while the image has the focus</h3>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>Drag to move, turn the wheel or pinch to zoom.</p>
    </Dialog>
  );
}
