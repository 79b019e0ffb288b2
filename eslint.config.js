import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NAMED_EXPORTS = {
  selector: 'ExportAllDeclaration',
  message: 'Name what is exported: a barrel is the list of the public names.',
};
/** V8 makes a list of the source first, of 40 bytes an element; above 100 million elements it ends the process. */
const MAPPED_COPY = {
  selector:
    'CallExpression[callee.object.name=/.Array$/][callee.property.name="from"][arguments.length=2]' +
    ':not([arguments.0.type="ObjectExpression"])',
  message:
    'The engine makes a list of all values first, which ends the process for a large stack: use map() or a loop.',
};

/** The house rules that a linter can check; which package may import which stands in `.dependency-cruiser.cjs`. */
export default tseslint.config(
  {
    ignores: ['**/dist/**', '**/node_modules/**', '**/.cache/**', '.nx/**', '.env-tools/**', '.venv*/**', 'runs/**'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        // The first project that reaches a file types it: that of test knows the browser's types and Node's.
        project: ['test/tsconfig.json', 'tools/tsconfig.test.json', 'packages/*/tsconfig.test.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', NAMED_EXPORTS, MAPPED_COPY],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['./**/*.js', '../**/*.js'], message: 'Relative imports end in .ts.' }] },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': ['error', { fixMixedExportsWithInlineTypeSpecifier: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `noUncheckedIndexedAccess` makes `data[i] as number` the plain way to read a typed array in a loop.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Error messages show whatever was received.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // Index signatures are read by brackets: `noPropertyAccessFromIndexSignature`.
      '@typescript-eslint/dot-notation': 'off',
      // Loops over typed arrays need the index.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // What depends on the kind of a layer stands in the table of kinds, not in a switch with a default.
    files: ['packages/core/src/network/**/*.ts'],
    // A severity alone would keep the options from above.
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
    },
  },
  {
    // A command line prints; a library never does.
    files: ['**/cli.ts', '**/cli/**/*.ts', '**/*-cli.ts', 'tools/src/ci/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      // Test data is small.
      'no-restricted-syntax': ['error', NAMED_EXPORTS],
      // A table of cases is long without being more than one subject.
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/require-await': 'off',
      // Spies and doubles take methods off their objects.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { globals: { module: 'writable', require: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
