import { defineConfig } from 'vitest/config';

/** Libraries are read from their sources, so that a test never runs a stale build. */
const conditions = ['@countersign/source', 'node', 'import', 'default'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: { name: 'unit', include: ['{apps,libs,examples}/**/*.spec.ts'], setupFiles: ['reflect-metadata'] },
      },
      {
        ...fromSource,
        test: {
          name: 'flow',
          include: ['test/**/*.spec.ts'],
          exclude: ['test/architecture/**', 'test/support/**'],
          setupFiles: ['reflect-metadata'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...fromSource,
        test: { name: 'architecture', include: ['test/architecture/**/*.spec.ts'], setupFiles: ['reflect-metadata'] },
      },
    ],
  },
});
