import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FileButtonProps {
  /** What the button does, for screen readers, behind what it shows. */
  readonly label: string;
  readonly accept?: string;
  /** Whether a folder is chosen. */
  readonly isFolder?: boolean;
  readonly children: ComponentChildren;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Makes the browser ask for a folder; not in the standard, and in every browser. */
const FOLDER = { webkitdirectory: true, multiple: true };

/** A button that lets files or a folder be chosen. */
export function FileButton({ label, accept, isFolder = false, children, onFiles }: FileButtonProps) {
  const id = useId();
  return (
    <span class="file-button">
      <input
        id={id}
        class="visually-hidden"
        type="file"
        {...(accept !== undefined && { accept })}
        {...(isFolder && FOLDER)}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // The same file may be chosen again.
          currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
      <label class="button" for={id} title={label}>
        {children}
        <span class="visually-hidden">{label}</span>
      </label>
    </span>
  );
}
