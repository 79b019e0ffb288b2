import sharp from 'sharp';
import type { Viewer } from './viewer.ts';

export type IsColour = (red: number, green: number, blue: number) => boolean;

/** The stage, once two pictures of it are the same: a worker draws it, some time after it is asked to. */
export async function stillStage({ page }: Viewer): Promise<Buffer> {
  for (let before: Buffer = Buffer.alloc(0); ;) {
    await page.waitForTimeout(200);
    const picture = await page.locator('canvas').screenshot();
    if (picture.equals(before)) return picture;
    before = picture;
  }
}

/** Share of the stage's pixels that have a colour. @param from share of the height at which counting begins. */
export async function stageShare(viewer: Viewer, isMeant: IsColour, from = 0): Promise<number> {
  const { data, info } = await sharp(await stillStage(viewer))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = data.subarray(3 * info.width * Math.round(from * info.height));
  let count = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    if (isMeant(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number)) count++;
  }
  return (3 * count) / pixels.length;
}
