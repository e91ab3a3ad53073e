import { createRequire } from 'node:module';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

export type { Cedar };

/** Loaded on first use: the module is 4 MB of WebAssembly, and most of what imports this package never decides anything. */
let loaded: typeof Cedar | undefined;

export const cedar = (): typeof Cedar => {
  loaded ??= createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar;
  return loaded;
};
