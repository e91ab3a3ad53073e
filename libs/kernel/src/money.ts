import type { Brand } from './brand.js';
import { CountersignError } from './error.js';

/** Integer millionths of a US dollar; budgets and costs. */
export type MicroUsd = Brand<number, 'MicroUsd'>;
/** Integer hundredths of a US dollar; policy rules. */
export type UsdCents = Brand<number, 'UsdCents'>;

export const MICRO_PER_USD = 1_000_000;
const MICRO_PER_CENT = 10_000;
const DECIMAL = /^(\d{1,9})(?:\.(\d{1,6}))?$/;
const CENTS = /^(\d{1,12})(?:\.(\d{1,2})0*)?$/;

export const microUsd = (value: number): MicroUsd => {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new CountersignError('MONEY_INVALID', `\`${value}\` is no whole number of micro-USD`);
  }
  return value as MicroUsd;
};

/** `0.08` -> 80,000 micro-USD, exactly: the decimal text is read, never multiplied. Throws `MONEY_INVALID`. */
export const microUsdFromDecimal = (usd: string | number): MicroUsd => {
  const match = DECIMAL.exec(String(usd));
  if (!match) throw new CountersignError('MONEY_INVALID', `\`${usd}\` is no amount in USD with at most six decimals`);
  return microUsd(Number(match[1]) * MICRO_PER_USD + Number((match[2] ?? '').padEnd(6, '0')));
};

/** Cents of an amount; throws `MONEY_INVALID` where it is no whole number of cents. */
export const centsOf = (amount: MicroUsd): UsdCents => {
  if (amount % MICRO_PER_CENT !== 0) throw new CountersignError('MONEY_INVALID', `\`${amount}\` micro-USD is no whole number of cents`);
  return (amount / MICRO_PER_CENT) as UsdCents;
};

/** `98.7` -> 9,870 cents, exactly. `undefined` for what is no amount in whole cents. */
export const centsFromDecimal = (usd: unknown): UsdCents | undefined => {
  const match = typeof usd === 'number' || typeof usd === 'string' ? CENTS.exec(String(usd)) : null;
  return match ? ((Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))) as UsdCents) : undefined;
};

/** `-$2.50` for -250 cents; an amount in dollars as it stands. For people; what is counted is never read from it. */
export const dollarText = (amount: number, unit: 'usd' | 'usd-cents'): string => `${amount < 0 ? '-' : ''}$${unit === 'usd' ? Math.abs(amount) : (Math.abs(amount) / 100).toFixed(2)}`;

/** `80000` -> `0.08`. */
export const formatUsd = (amount: MicroUsd): string => {
  const whole = Math.floor(amount / MICRO_PER_USD);
  const decimals = String(amount % MICRO_PER_USD).padStart(6, '0').replace(/0{1,4}$/, '');
  return `${whole}.${decimals}`;
};
