import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Opa from '@open-policy-agent/opa-wasm';

export type LoadedPolicy = Opa.LoadedPolicy;

/** The compiled form of `policy.rego`; `build.mjs` beside it makes it, and a spec holds the two together. */
export const OPA_FOLDER = new URL('../../opa/', import.meta.url);

/** Of 64 KiB each: what a set and a call need stays far below, and what does not ends with an error instead of with the process. */
const MEMORY = { initial: 16, maximum: 2_048 };

/** A policy with memory of its own. The package is loaded on first use: most of what imports this one never decides anything. */
export const loadOpa = (): LoadedPolicy => {
  const opa = createRequire(import.meta.url)('@open-policy-agent/opa-wasm') as typeof Opa;
  return opa.loadPolicySync(readFileSync(new URL('policy.wasm', OPA_FOLDER)), { ...MEMORY });
};
