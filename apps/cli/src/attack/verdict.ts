import type { ErrorCode } from '@countersign/kernel';

/** What refused an attack, from the outside in. */
export type Layer = 'kafka access rule' | 'signature' | 'signer table' | 'policy' | 'policy, which asks a person' | 'executor';

export type Verdict =
  /** `evidence`: what can be looked up, such as the id of an event, or of a dead letter; of an access rule there is none, and it says what was tried. */
  { readonly refused: true; readonly layer: Layer; readonly evidence: string } | { readonly refused: false; readonly evidence: string };

export interface Attack {
  /** What was stolen. */
  readonly stolen: string;
  /** What is tried with it. */
  readonly tries: string;
  readonly run: () => Promise<Verdict>;
}

const LAYERS: Partial<Readonly<Record<ErrorCode, Layer>>> = {
  SIGNATURE_MISSING: 'signature',
  SIGNATURE_INVALID: 'signature',
  SIGNER_UNKNOWN: 'signature',
  SIGNER_WRONG: 'signer table',
  EVENT_MISPLACED: 'signer table',
};

/** The layer whose code a dead letter carries; a code of no layer means that it was refused by chance. */
export const layerOf = (code: string): Layer | undefined => LAYERS[code as ErrorCode];

export const byAccessRule = (evidence: string): Verdict => ({ refused: true, layer: 'kafka access rule', evidence });
export const through = (evidence: string): Verdict => ({ refused: false, evidence });
