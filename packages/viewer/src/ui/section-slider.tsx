import { goToSection } from '../actions/view.ts';
import { stack, z } from '../state.ts';

/** Chooses the section in view, where there are several. */
export function SectionSlider() {
  const depth = stack.value?.shape[0] ?? 1;
  if (depth === 1) return null;
  const text = `${z.value + 1} of ${depth}`;
  return (
    <div class="section-slider">
      <label for="section">Section</label>
      <input
        id="section"
        type="range"
        min="1"
        max={depth}
        value={z.value + 1}
        aria-valuetext={text}
        onInput={({ currentTarget }) => goToSection(currentTarget.valueAsNumber - 1)}
      />
      <span>{text}</span>
    </div>
  );
}
