import { defineConfig } from 'vitest/config';

/**
 * Libraries are read from their sources, so that a test never runs a stale build. No `import` in this list: vitest hands
 * it to Node for every module, and `require` inside pg would then get ES modules.
 */
const conditions = ['@countersign/source', 'node'];
/** Specs are left out of the builds' tsconfig files, so what these say of decorators is not found for them. */
const decorator = { legacy: true, emitDecoratorMetadata: true };
/** No spec leaves anything behind in its process, so files share modules: to load them for each takes as long as a third of the tests. */
const shared = { isolate: false } as const;
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } }, oxc: { decorator } };

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          include: ['{apps,libs,examples,scripts,test/adapters,test/evals,test/approvals,test/replay,test/incidents}/**/*.spec.ts', 'test/interop/{tlog,witness}.spec.ts'],
          ...shared,
          setupFiles: ['reflect-metadata'],
          // Some start a broker or a database of their own; on a busy machine that takes a while.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'flow',
          // One stack for all of them, which is why no two files run at a time.
          include: ['test/flow/**/*.spec.ts', 'test/interop/stock-producers.spec.ts', 'test/trust/*.spec.ts'],
          globalSetup: ['test/support/stack-setup.ts'],
          fileParallelism: false,
          setupFiles: ['reflect-metadata'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...fromSource,
        test: { name: 'system', include: ['test/{chaos,load}/**/*.spec.ts'], setupFiles: ['reflect-metadata'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        ...fromSource,
        test: { ...shared, name: 'trust', include: ['test/trust/forgery/**/*.spec.ts', 'test/tamper/**/*.spec.ts'], setupFiles: ['reflect-metadata'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        ...fromSource,
        test: { ...shared, name: 'architecture', include: ['test/architecture/**/*.spec.ts'], setupFiles: ['reflect-metadata'], testTimeout: 30_000 },
      },
    ],
  },
});
