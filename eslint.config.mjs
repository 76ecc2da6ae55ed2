import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const EXPORT_ALL = {
  selector: 'ExportAllDeclaration',
  message: 'Name what you export: a barrel of everything hides what a component offers.',
};
const DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Use a named export, so that one thing has one name.',
};
const SQL = {
  selector:
    'TemplateElement[value.raw=/^\\s*(SELECT|INSERT INTO|CREATE TABLE|ALTER TABLE)\\s/], Literal[value=/^\\s*(SELECT|INSERT INTO|CREATE TABLE|ALTER TABLE)\\s/]',
  message: 'SQL lives in store/ and query/*/sql.ts; call a reader there.',
};
const USER_REGEXP = {
  selector: 'NewExpression[callee.name="RegExp"]:not([arguments.0.type="Literal"])',
  message: 'A pattern that is not a literal may come from a user: use util/safe-regex.ts, which cannot backtrack.',
};

export default defineConfig(
  { ignores: ['dist/', '.build/', 'node_modules/', 'sonde-data/', 'src/receive/otlp/proto/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': 'off',
      'no-console': 'error',
      'no-restricted-syntax': ['error', EXPORT_ALL, DEFAULT_EXPORT, SQL, USER_REGEXP],
    },
  },
  {
    files: ['src/store/**', 'src/query/*/sql.ts', 'test/**', 'bench/**', '**/*.test.ts', '**/*.test.tsx'],
    rules: { 'no-restricted-syntax': ['error', EXPORT_ALL, DEFAULT_EXPORT] },
  },
  { files: ['*.config.ts', 'web/*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/cli/**', 'bench/**', 'test/**'], rules: { 'no-console': 'off' } },
);
