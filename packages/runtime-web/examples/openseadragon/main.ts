import { membraneTiles } from '@dilated-unet/runtime-web/openseadragon';
import OpenSeadragon from 'openseadragon';
import { whenChosen } from '../section.ts';

whenChosen(({ segmenter, image, picture }) => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')?.drawImage(picture, 0, 0);
  const viewer = OpenSeadragon({
    element: document.getElementById('viewer') as HTMLElement,
    drawer: 'canvas',
    showNavigationControl: false,
    imageSmoothingEnabled: false,
    // A tile is there when it has been computed, which takes longer than a download.
    timeout: 10 * 60 * 1000,
  });
  return new Promise<void>((resolve, reject) => {
    void canvas.convertToBlob().then((blob) => {
      viewer.addTiledImage({ tileSource: { type: 'image', url: URL.createObjectURL(blob) } });
      viewer.addTiledImage({
        tileSource: membraneTiles(OpenSeadragon, segmenter, image, { tile: 512 }) as never,
        success: ({ item }: { item: OpenSeadragon.TiledImage }) => {
          item.addHandler('fully-loaded-change', ({ fullyLoaded }: { fullyLoaded: boolean }) => {
            if (fullyLoaded) resolve();
          });
        },
        error: ({ message }: { message: string }) => reject(new Error(message)),
      } as never);
    });
  });
});
