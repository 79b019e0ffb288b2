import { Deck, OrthographicView, type Layer } from '@deck.gl/core';
import { pixelSources } from '@dilated-unet/runtime-web/viv';
import { MultiscaleImageLayer } from '@vivjs/layers';
import type { PixelSource } from '@vivjs/types';
import { whenChosen } from '../section.ts';

whenChosen(({ segmenter, image }) => {
  const { width, height } = image;
  const loader: PixelSource<['c']>[] = pixelSources(segmenter, image, { tile: 512 });
  return new Promise<void>((resolve, reject) => {
    new Deck({
      parent: document.getElementById('viewer') as HTMLDivElement,
      views: new OrthographicView({ id: 'section' }),
      initialViewState: { target: [width / 2, height / 2, 0], zoom: 0 },
      controller: true,
      layers: [
        new MultiscaleImageLayer({
          id: 'membranes',
          loader,
          selections: [{ c: 1 }],
          channelsVisible: [true],
          contrastLimits: [[0, 1]],
          colors: [[255, 255, 255]],
          onViewportLoad: () => resolve(),
        } as never) as Layer,
      ],
      onError: reject,
    });
  });
});
