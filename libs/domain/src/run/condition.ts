import { canonicalJson, type Json } from '@countersign/kernel';
import type { Condition, ValueTest } from '../config/playbook.js';
import { valueOf, type Sources } from './value-source.js';

/** Whether a condition holds. Total: what cannot be compared does not hold. */
export const holds = (condition: Condition, sources: Sources): boolean => {
  if ('all' in condition) return condition.all.every((part) => holds(part, sources));
  if ('any' in condition) return condition.any.some((part) => holds(part, sources));
  if ('not' in condition) return !holds(condition.not, sources);
  return testHolds(condition, sources);
};

const testHolds = ({ of, test }: ValueTest, sources: Sources): boolean => {
  const found = valueOf(of, sources);
  if (!('value' in found)) return test.op === 'exists' && !test.value;
  const { value } = found;
  switch (test.op) {
    case 'exists':
      return test.value;
    case 'equals':
      return same(value, test.value);
    case 'in':
      return test.values.some((candidate) => same(value, candidate));
    case 'greater':
      return typeof value === 'number' && value > test.value;
    case 'at-least':
      return typeof value === 'number' && value >= test.value;
    case 'less':
      return typeof value === 'number' && value < test.value;
    case 'at-most':
      return typeof value === 'number' && value <= test.value;
    case 'contains':
      if (typeof value === 'string') return value.toLowerCase().includes(test.value.toLowerCase());
      return Array.isArray(value) && value.includes(test.value);
  }
};

const same = (a: Json, b: Json): boolean => a === b || canonicalJson(a) === canonicalJson(b);
