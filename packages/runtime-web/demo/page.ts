import type { InlineConfig } from 'vite';
import { PACKAGE, pageConfig } from '../vite.shared.ts';
import { modelPlugin } from './model-plugin.ts';

/** Vite's configuration of the demo page, with a model beside it if there is one. */
export function demoConfig(model: string | undefined): InlineConfig {
  return {
    ...pageConfig(`${PACKAGE}demo`),
    appType: 'mpa',
    plugins: model === undefined ? [] : [modelPlugin(model)],
  };
}
