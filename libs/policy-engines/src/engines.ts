import { CedarEngine } from './cedar/cedar-engine.js';
import type { PolicyEngine } from './engine.js';
import { OpaEngine } from './opa/opa-engine.js';

const ENGINES = { cedar: CedarEngine, opa: OpaEngine } as const;

export type EngineName = keyof typeof ENGINES;
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly EngineName[];
/** Its sets pass a strict validation before they are in force, and people can read what decides. */
export const DEFAULT_ENGINE: EngineName = 'cedar';

export const engineOf = (name: EngineName): PolicyEngine => new ENGINES[name]();
