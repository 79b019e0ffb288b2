import { CompareCard } from './compare-card.tsx';
import { ContrastCard } from './contrast-card.tsx';
import { DisplayCard } from './display-card.tsx';
import { ImageCard } from './image-card.tsx';
import { ReadingCard } from './reading-card.tsx';
import { SegmentCard } from './segment-card.tsx';

/** All controls that are not on the image. */
export function Panel() {
  return (
    <aside aria-label="Controls">
      <SegmentCard />
      <DisplayCard />
      <ContrastCard />
      <CompareCard />
      <ImageCard />
      <ReadingCard />
    </aside>
  );
}
