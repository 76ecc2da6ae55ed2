import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const FOLDER = import.meta.dirname;

/**
 * Builds the pages into `dist/web`. `SONDE_API` names the server that `vite dev` forwards API calls to.
 * Fonts stay files: a page's first paint does not wait for them.
 */
export default defineConfig({
  root: FOLDER,
  plugins: [react()],
  build: {
    outDir: `${FOLDER}/../dist/web`,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/sonde/api', '/api/v1'].map((path) => [path, process.env['SONDE_API'] ?? 'http://127.0.0.1:4600']),
    ),
  },
});
