/** Nx's own options that take no value; `tools/test/nx/typed.test.ts` compares both lists with those of the installed Nx. */
export const SWITCHES = names(`
  agents all batch cloud disableNxCache disableRemoteCache dte excludeTaskDependencies help nxBail nxIgnoreCycles prod
  skipNxCache skipRemoteCache skipSync stdin tui uncommitted untracked useAgents verbose version`);

/** Nx's own options that take a value. */
export const VALUES = names(`
  base c configuration exclude files graph head maxParallel outputStyle p parallel project projects runner t target targets
  tuiAutoExit`);

/** Those that take all words up to the next option, in `nx run-many` and `nx affected`. */
const LISTS = names('exclude files p projects t target targets');

/**
 * What was typed for a task. Nx's own parser gives less: it takes `--batch-size 2` for its option `--batch` and drops both words,
 * and what stands before `--`.
 *
 * @param {readonly string[]} argv the words after `nx`: `run PROJECT:TARGET ...`, `TARGET PROJECT ...` or `run-many -t TARGET ...`.
 * @returns {string[]} all words for the task, in the order and the form in which they were typed; before `--` without Nx's own options.
 */
export function typedWords(argv) {
  const many = isForMany(argv);
  const separator = argv.indexOf('--');
  const before = separator < 0 ? argv : argv.slice(0, separator);
  const words = [];
  for (let i = 0; i < before.length; i += 1 + valuesOf(before, i, many)) {
    if (nxOption(before[i]) === undefined) words.push(before[i] ?? '');
  }
  // In the folder of a project, `nx TARGET --flag` goes without its name.
  const named = many || (words[0] !== 'run' && words[1]?.startsWith('-')) ? 1 : 2;
  return [...words.slice(named), ...argv.slice(before.length + 1)];
}

/**
 * Whether Nx is asked for the targets of several projects.
 *
 * @param {readonly string[]} argv the words after `nx`.
 */
export function isForMany(argv) {
  return argv[0] === 'run-many' || argv[0] === 'affected';
}

/**
 * How many words after `argv[i]` are the value of Nx's option there, by the rules of its parser.
 *
 * @param {readonly string[]} argv
 * @param {number} i
 * @param {boolean} many
 */
function valuesOf(argv, i, many) {
  const option = nxOption(argv[i]);
  const next = argv[i + 1];
  if (option === undefined || next === undefined || argv[i]?.includes('=')) return 0;
  if (SWITCHES.has(option)) return /^(true|false)$/.test(next) ? 1 : 0;
  if (!many || !LISTS.has(option)) return /^-(?!(\d+(\.\d+)?|\.\d+)$)/.test(next) ? 0 : 1;
  const end = argv.findIndex((word, j) => j > i && word.startsWith('-'));
  return (end < 0 ? argv.length : end) - i - 1;
}

/**
 * @param {string | undefined} word
 * @returns the name of Nx's option that `word` is, `skipNxCache` for `--skip-nx-cache`.
 */
function nxOption(word) {
  const [, long, short] = /^--(?:no-)?([^=]+)|^-([a-z])(?![^=])/.exec(word ?? '') ?? [];
  const name = (long ?? short)?.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
  return name !== undefined && (SWITCHES.has(name) || VALUES.has(name)) ? name : undefined;
}

/** @param {string} text */
function names(text) {
  return new Set(text.trim().split(/\s+/));
}
