import { isDilatedUnetError } from '@dilated-unet/core';
import { ui } from './elements.ts';

/** Tells what goes on, for eyes and screen readers. */
export function tell(text: string): void {
  ui.status.textContent = text;
}

/** Shows why `what` failed; the packages' own errors are written for the user, others are defects. */
export function showError(what: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const known = isDilatedUnetError(error);
  const text = known ? message : `something unexpected went wrong: ${message}`;
  ui.error.textContent = known && message.startsWith(what) ? text : `${what}: ${text}`;
  ui.error.hidden = false;
  tell('');
}

export function clearError(): void {
  ui.error.hidden = true;
  ui.error.textContent = '';
}
