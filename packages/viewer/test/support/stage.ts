import sharp from 'sharp';
import type { Viewer } from './viewer.ts';

export type IsColour = (red: number, green: number, blue: number) => boolean;

/** Share of the stage's pixels that have a colour. @param from share of the height at which counting begins. */
export async function stageShare({ page }: Viewer, isMeant: IsColour, from = 0): Promise<number> {
  await page.waitForTimeout(400);
  const { data, info } = await sharp(await page.locator('canvas').screenshot())
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
