import { defineConfig } from 'vite';

// The server serves `base` from `outDir` (api/explorer.py); nothing is fetched from anywhere else.
export default defineConfig({
  base: '/explorer-assets/',
  build: {
    outDir: '../api/static/explorer',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      // Libraries mark files for server components ("use client"); here every file is the client's.
      onLog(level, log, report) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  worker: { format: 'es' },
});
