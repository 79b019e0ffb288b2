import { GreyValuesError, isDilatedUnetError } from '@dilated-unet/core';
import { ui } from './elements.ts';
import { inControls, remedyText } from './grey-controls.ts';

/** Tells what goes on, for eyes and screen readers. */
export function tell(text: string): void {
  ui.status.textContent = text;
}

/** Shows why `what` failed; the packages' own errors are written for the user, others are defects. */
export function showError(what: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const known = isDilatedUnetError(error);
  const text = known ? inControls(message) : `something unexpected went wrong: ${message}`;
  ui.errorText.textContent = known && message.startsWith(what) ? text : `${what}: ${text}`;
  ui.mend.hidden = !(error instanceof GreyValuesError);
  if (error instanceof GreyValuesError) ui.mend.textContent = remedyText(error.remedy);
  ui.error.hidden = false;
  tell('');
}

export function clearError(): void {
  ui.error.hidden = true;
  ui.errorText.textContent = '';
}
