import { expect, it } from 'vitest';
import type { JsonObject } from '@countersign/kernel';
import { isAboutRun } from './about-run.js';

const run = { words: ['Please refund cus_1, it is 12 euros; ask Grace Hopper.', 'ch-7'], said: ['ch_from-ada'], vouched: new Set(['id:cus_9']) };

it.each<[JsonObject, boolean]>([
  [{}, true],
  [{ customer: 'cus_1' }, true],
  [{ charge: 'ch_from-ada' }, true],
  [{ name: 'grace hopper', amount: 12, all: true, page: null, note: '' }, true],
  [{ of: [{ charge: 'ch-7' }] }, true],
  [{ customer: 'cus_9' }, true],
  [{ customer: 'cus_10' }, false],
  [{ customer: 'cus' }, false],
  [{ charge: '7' }, false],
  [{ customer: 'cus_1', also: 'cus_2' }, false],
  [{ name: '*' }, false],
])('a call with %j asks about what the run knows: %s', (args, expected) => expect(isAboutRun(args, run)).toBe(expected));
