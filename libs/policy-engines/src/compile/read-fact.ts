import { ASKED_ORIGINS, FACT_KEYS, FINDINGS, MODES, STAGES, TAINTS } from '@countersign/domain';
import type { Json } from '@countersign/kernel';
import type { FactTest } from '../compiled-set.js';
import { readDestination } from './read-destination.js';
import { andThen, type Reading } from './read-literal.js';
import { readWindows } from './read-window.js';
import { readWords } from './read-words.js';

export type FactKey = (typeof FACT_KEYS)[number];

export const isFactKey = (key: string): key is FactKey => FACT_KEYS.some((each) => each === key);

const WORDS = { taint: TAINTS, stage: STAGES, mode: MODES, contains: FINDINGS, origin: ASKED_ORIGINS } as const;

export const readFact = (key: FactKey, condition: Json): Reading<FactTest> => {
  switch (key) {
    case 'destination':
      return readDestination(condition);
    case 'outside_window':
      if (typeof condition !== 'string') return { fault: '`outside_window` needs a text such as `mon-fri 08:00-18:00 Europe/Berlin`' };
      return andThen(readWindows(condition), (windows) => ({ value: { fact: key, windows } }));
    case 'stage':
    case 'mode':
      return andThen(readWords<string>(key, condition, WORDS[key], true), (any) => ({ value: { fact: key, any } }));
    case 'taint':
    case 'contains':
    case 'origin':
      return andThen(readWords<string>(key, condition, WORDS[key], false), (any) => ({ value: { fact: key, any } }));
  }
};
