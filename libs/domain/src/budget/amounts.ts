import type { Amounts } from '@countersign/contracts';
import type { MicroUsd } from '@countersign/kernel';

/** What an action takes: each is reserved before its grant and counted when it ends. */
export const AMOUNTS = ['microUsd', 'toolCalls', 'writes', 'records', 'retries'] as const satisfies readonly (keyof Amounts)[];
export type Amount = (typeof AMOUNTS)[number];

export const NOTHING: Amounts = { microUsd: 0 as MicroUsd, toolCalls: 0, writes: 0, records: 0, retries: 0 };

/** Amount by amount. */
export const each = (of: (amount: Amount) => number): Amounts => ({ microUsd: of('microUsd') as MicroUsd, toolCalls: of('toolCalls'), writes: of('writes'), records: of('records'), retries: of('retries') });

export const amended = (amounts: Amounts, change: Partial<Amounts>): Amounts => each((amount) => change[amount] ?? amounts[amount]);

/** Without what else the value has: a reservation has periods too. */
export const amountsOf = (value: Amounts): Amounts => each((amount) => value[amount]);
