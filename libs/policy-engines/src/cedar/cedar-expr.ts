import type { Cedar } from './load-cedar.js';

/** Parts of Cedar's JSON form. */
export const value = (given: string | number): Cedar.Expr => ({ Value: given });
export const setOf = (values: readonly (string | number)[]): Cedar.Expr => ({ Set: values.map(value) });
export const context = (...path: readonly string[]): Cedar.Expr => path.reduce<Cedar.Expr>((left, attr) => ({ '.': { left, attr } }), { Var: 'context' });
export const not = (arg: Cedar.Expr): Cedar.Expr => ({ '!': { arg } });

const TRUE: Cedar.Expr = { Value: true };

/** A balanced tree: Cedar refuses expressions that are nested more than about a hundred deep. */
export const joined = (operator: '&&' | '||', parts: readonly Cedar.Expr[]): Cedar.Expr => {
  const [first = TRUE] = parts;
  if (parts.length <= 1) return first;
  const half = parts.length >> 1;
  const sides = { left: joined(operator, parts.slice(0, half)), right: joined(operator, parts.slice(half)) };
  return operator === '&&' ? { '&&': sides } : { '||': sides };
};
