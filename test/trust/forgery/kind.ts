import { HEADERS } from '@countersign/contracts';
import type { NewRecord } from '@countersign/bus';
import { sha256, type ErrorCode } from '@countersign/kernel';
import type { Random } from '../../support/random.ts';
import type { Grant } from './grants.ts';
import type { World } from './world.ts';
import type { Writer } from './writer.ts';

/** What an attacker has at hand: the world to write to, policy's password and key where the kind says so, and grants that are valid until something is done to them. */
export interface Workshop {
  readonly world: World;
  readonly policy: Writer;
  readonly random: Random;
  readonly count: number;
  /** Valid, and not written yet: one for each variant. */
  readonly grants: readonly [Grant, ...Grant[]];
  /** Writes grants as policy does, and waits until the executor has done what they say. */
  readonly carryOut: (grants: readonly Grant[]) => Promise<readonly NewRecord[]>;
}

/** Forged records, and where they are put. */
export interface Forged {
  readonly local: string;
  readonly partition: number;
  readonly records: readonly NewRecord[];
}

export type Reader = 'executor' | 'approvals' | 'ledger';

export type Refusal =
  /** The executor says so on the log. */
  | { readonly kind: 'grant.refused'; readonly codes: readonly string[] }
  /** Each of the readers makes a dead letter of it, and the ledger raises an alarm. */
  | { readonly kind: 'dead letter'; readonly codes: readonly ErrorCode[]; readonly by: readonly Reader[] }
  /** Nobody makes a dead letter of it, and the ledger raises an alarm. */
  | { readonly kind: 'passed over'; readonly codes: readonly ErrorCode[] };

/** One kind of forgery: `count` variants of valid records, no two of them alike, the same for the same seed. */
export interface Kind {
  readonly what: string;
  readonly refusal: Refusal;
  readonly forge: (workshop: Workshop) => Forged | Promise<Forged>;
}

export const refusedFor = (...codes: readonly string[]): Refusal => ({ kind: 'grant.refused', codes });
export const letters = (by: readonly Reader[], ...codes: readonly ErrorCode[]): Refusal => ({ kind: 'dead letter', codes, by });
export const passedOver = (...codes: readonly ErrorCode[]): Refusal => ({ kind: 'passed over', codes });

export const times = <Made>(count: number, make: (index: number) => Made): readonly Made[] => Array.from({ length: count }, (_, index) => make(index));

/** An item of a list, one after the other. */
export const inTurn = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is nothing to take');
  return item;
};

/** When something was written, within an event or within the text of a vote. */
const TIME = /\\?"time\\?":\\?"[^"\\]*\\?"/g;
const SIGNATURES: ReadonlySet<string> = new Set([HEADERS.signature, HEADERS.personSignature]);

/** What a record says. Another signature on the same, or another time of writing, makes it no other one. */
export const contentOf = ({ key, value, headers }: Pick<NewRecord, 'key' | 'value' | 'headers'>): string => {
  const said = Object.entries(headers).filter(([name]) => !SIGNATURES.has(name)).map(([name, text]) => `${name}=${String(text)}`);
  return sha256(JSON.stringify([key?.toString('latin1') ?? null, value?.toString('latin1').replaceAll(TIME, '') ?? null, said.toSorted()]));
};
