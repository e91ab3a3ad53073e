import type { Amounts, LimitName } from '@countersign/contracts';
import type { MicroUsd } from '@countersign/kernel';
import type { Limits } from '../config/agent-contract.js';

/** What adds up: each is reserved before a grant and counted when it ends. */
export const AMOUNTS = ['microUsd', 'toolCalls', 'writes', 'records', 'retries'] as const satisfies readonly (keyof Amounts)[];
export type Amount = (typeof AMOUNTS)[number];

export const LIMIT_OF = { microUsd: 'usd', toolCalls: 'tool-calls', writes: 'writes', records: 'records', retries: 'retries' } as const satisfies Readonly<Record<Amount, LimitName>>;

export const capOf = (limits: Limits, amount: Amount): number | undefined => (amount === 'microUsd' ? limits.usd : limits[amount]);

export const NOTHING: Amounts = { microUsd: 0 as MicroUsd, toolCalls: 0, writes: 0, records: 0, retries: 0 };

/** Amount by amount. */
export const each = (of: (amount: Amount) => number): Amounts => ({ microUsd: of('microUsd') as MicroUsd, toolCalls: of('toolCalls'), writes: of('writes'), records: of('records'), retries: of('retries') });

export const plus = (a: Amounts, b: Amounts): Amounts => each((amount) => a[amount] + b[amount]);

/** Never below nothing. */
export const minus = (a: Amounts, b: Amounts): Amounts => each((amount) => Math.max(0, a[amount] - b[amount]));

export const least = (a: Amounts, b: Amounts): Amounts => each((amount) => Math.min(a[amount], b[amount]));

export const isNothing = (amounts: Amounts): boolean => AMOUNTS.every((amount) => amounts[amount] === 0);

export const amended = (amounts: Amounts, change: Partial<Amounts>): Amounts => each((amount) => change[amount] ?? amounts[amount]);

/** Without what else the value has: a reservation has periods too. */
export const amountsOf = (value: Amounts): Amounts => each((amount) => value[amount]);
