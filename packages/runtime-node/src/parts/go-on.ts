import { withStore } from './finish.ts';
import { isSamePlan, requireSamePlan, type AskedPlan, type Plan } from './plan.ts';
import type { PartsStore } from './store.ts';

/**
 * The plan to go on by; undefined where nothing is done yet; `finished` where the output of this plan is in place and its parts
 * were done. What is left of another output that was finished, or has been removed since, is removed, and what a process that
 * finished this one left when it was killed.
 *
 * @param options.isLast whether no other process of the run comes, so that no record is to be kept for it.
 * @throws InvalidOptionError when parts of another plan are there.
 */
export async function goOn(
  store: PartsStore,
  asked: AskedPlan,
  { signal, isLast }: { readonly signal: AbortSignal; readonly isLast: boolean },
): Promise<Plan | undefined | 'finished'> {
  if ((await store.finished()) !== 'no') {
    const isFinished = await withStore(
      store,
      async () => {
        const state = await store.finished();
        const plan = await store.plan();
        const isOurs = state === 'yes' && plan !== undefined && isSamePlan(plan, asked);
        // Another process may have removed it, and begun anew, since it was looked at.
        if (isOurs) await store.tidy(!isLast);
        else if (state !== 'no') await store.clear();
        return isOurs;
      },
      { signal },
    );
    if (isFinished) return 'finished';
  }
  const plan = await store.plan();
  if (plan !== undefined) requireSamePlan(plan, asked, store.folder, store.output);
  return plan;
}
