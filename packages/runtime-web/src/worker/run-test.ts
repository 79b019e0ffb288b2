import { passTest, type Model, type ModelForm, type TestResult } from '@dilated-unet/model-package';
import { explainTileError } from '../tile-size.ts';
import { predictOn, runStageOn, type Backend } from './backend.ts';

/** Runs the test of a package on a device. @throws as `passTest`; EnvironmentError when the device has no tile for it. */
export async function runTest(model: Model, form: ModelForm, backend: Backend): Promise<TestResult | null> {
  const { device: engine, maxTile } = backend;
  try {
    return await passTest(model, {
      form,
      engine,
      maxTile,
      predict: predictOn(backend),
      runStage: runStageOn(backend),
    });
  } catch (error) {
    throw explainTileError(error, maxTile, backend);
  }
}
