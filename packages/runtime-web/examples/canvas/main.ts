import { drawTiles } from '@dilated-unet/runtime-web/canvas';
import { whenChosen } from '../section.ts';

whenChosen(async ({ segmenter, image, picture }) => {
  const contexts = ['section', 'membranes'].map((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement;
    canvas.width = image.width;
    canvas.height = image.height;
    return canvas.getContext('2d') as CanvasRenderingContext2D;
  });
  const [section, membranes] = contexts as [CanvasRenderingContext2D, CanvasRenderingContext2D];
  section.drawImage(picture, 0, 0);
  await drawTiles(membranes, segmenter.segment(image, { tile: 512, order: 'centre-out' }));
});
