/** The viewer: shows image stacks, and segments them where one looks. */
import { render } from 'preact';
import { startEffects } from './actions/effects.ts';
import { applyLink, askForModel, awaitFile } from './actions/link.ts';
import { readLink } from './actions/link-state.ts';
import { openStack } from './actions/open.ts';
import { openSample } from './actions/sample.ts';
import { showFailure } from './actions/tell.ts';
import type { OfferedModel } from './state.ts';
import * as state from './state.ts';
import './style.css';
import { App } from './ui/app.tsx';

/** What the server, or the build, puts beside the page: the models that it offers, the first one chosen. */
interface ModelList {
  readonly models: readonly {
    readonly name: string;
    readonly url: string;
    readonly about: string;
    readonly terms: string | null;
  }[];
}

async function start(): Promise<void> {
  const link = readLink(location.hash);
  render(<App />, document.body);
  startEffects();
  const offered = offerModels(link.model);
  const { image: url, file, selection, pixelSize, section } = link;
  if (url === undefined && file !== undefined) {
    // First: it may be dropped while the sample is read.
    awaitFile({ ...link, file });
    await openSample({});
  } else {
    const isOpen =
      url === undefined
        ? await openSample(link)
        : await openStack({ kind: 'url', url }, { selection, pixelSize, z: (section ?? 1) - 1 });
    if (isOpen) applyLink(link);
  }
  await offered;
  askForModel(link);
}

async function offerModels(chosen: string | undefined): Promise<void> {
  try {
    const { models } = (await (await fetch('models.json')).json()) as ModelList;
    const offered: readonly OfferedModel[] = models.map(({ url, ...model }) => ({
      ...model,
      file: new URL(url, document.baseURI).href,
    }));
    state.models.value = offered;
    state.model.value ??= offered.find(({ name }) => name === chosen) ?? offered[0] ?? null;
  } catch (error) {
    showFailure('The list of models', error);
  }
}

/** Lets the page work without a network from now on, where the browser allows it. */
async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js');
  } catch {
    // In private windows it is refused: the page needs the network then, as others do.
  }
}

void start().then(keepForOffline);
