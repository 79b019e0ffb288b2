import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { takeDropped } from '../actions/take-files.ts';
import { FailureBanner } from './failure-banner.tsx';
import { Panel } from './panel.tsx';
import { Stage } from './stage.tsx';
import { StatusBar } from './status-bar.tsx';
import { Toolbar } from './toolbar.tsx';

/** The page. Files may be dropped anywhere on it; a part that takes them itself prevents the default. */
export function App() {
  const isOver = useSignal(false);
  useEffect(() => {
    const ends = new AbortController();
    for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
      addEventListener(
        type,
        (event) => {
          const isTaken = event.defaultPrevented;
          event.preventDefault();
          isOver.value = type === 'dragenter' || type === 'dragover';
          if (type !== 'drop' || isTaken || event.dataTransfer === null) return;
          void takeDropped(event.dataTransfer.items);
        },
        { signal: ends.signal },
      );
    }
    return () => ends.abort();
  }, []);
  return (
    <div class={isOver.value ? 'app over' : 'app'}>
      <Toolbar />
      <FailureBanner />
      <main>
        <Stage />
        <Panel />
      </main>
      <StatusBar />
    </div>
  );
}
