import { REWRITES, type Target } from '@dilated-unet/trainer';

const MACHINES = {
  GPU: { device: 'gpu', avx512: false },
  'CPU with AVX-512': { device: 'cpu', avx512: true },
  'other CPU': { device: 'cpu', avx512: false },
} as const;

/** All rewrites as a Markdown table: what each does, what it needs, and on which machines training uses it. */
export function rewriteTable(): string {
  const rows = REWRITES.map((rewrite) => [
    `\`${rewrite.name}\``,
    rewrite.does,
    rewrite.needs.map((needed) => `\`${needed}\``).join(', '),
    ...Object.values(MACHINES).map((machine) => precisionsOf((precision) => rewrite.when({ ...machine, precision }))),
  ]);
  const header = ['rewrite', 'what it does', 'needs', ...Object.keys(MACHINES)];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function precisionsOf(isUsed: (precision: Target['precision']) => boolean): string {
  const [exact, mixed] = [isUsed('float32'), isUsed('mixed')];
  if (exact && mixed) return 'yes';
  if (exact) return 'float32';
  return mixed ? 'mixed' : '–';
}
