import { chooseModel, chooseModelFile } from '../actions/models.ts';
import { loaded, model, models } from '../state.ts';
import { Choice } from './controls.tsx';
import { FileButton } from './file-button.tsx';

/** Which model segments. */
export function ModelChoice() {
  const onChoose = (name: string): void => {
    const chosen = models.value.find((each) => each.name === name);
    if (chosen !== undefined) void chooseModel(chosen);
  };
  return (
    <div class="model">
      {models.value.length > 0 && (
        <Choice
          label="Model"
          value={model.value?.name ?? ''}
          options={models.value.map(({ name, about }) => ({ value: name, text: `${name}: ${about}` }))}
          onChoose={onChoose}
        />
      )}
      <FileButton
        label="Choose a model file"
        accept=".zip,.onnx"
        onFiles={([file]) => {
          if (file !== undefined) void chooseModelFile(file);
        }}
      >
        {models.value.length === 0 ? 'Choose a model …' : 'Your own …'}
      </FileButton>
      {models.value.length === 0 && (
        <p class="note">
          Train one with <code>npx nx run trainer:train</code>, and choose its <code>model.onnx</code>, or the zip of a
          package.
        </p>
      )}
    </div>
  );
}

/** Characters of terms from which on they are folded. */
const LONG = 80;

/** Under what terms the model may be used. */
export function ModelTerms() {
  const terms = loaded.value?.model.terms ?? model.value?.terms ?? null;
  if (terms === null) return null;
  if (terms.length <= LONG) return <p class="note">Terms: {terms}</p>;
  return (
    <details class="note">
      <summary>Terms of the model</summary>
      {terms}
    </details>
  );
}
