import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inWorkspace } from '../../support/workspace.ts';
import { RECORD_KINDS, TASK_KINDS } from './kinds/all.ts';
import { AT_THE_DOOR, BY_A_WHOLE_GATEWAY } from './kinds/tasks.ts';
import { TOKENS } from './kinds/tokens.ts';

const LEAST = 25;
const KINDS = [...RECORD_KINDS, ...TASK_KINDS].map(({ what }) => what);
const PAGE = readFileSync(inWorkspace('docs/security.md'), 'utf8');
/** Each number that the page has before some words. */
const documented = (words: string): readonly number[] => [...PAGE.matchAll(new RegExp(`(\\d+) ${words}`, 'g'))].map(([, number]) => Number(number));

describe('the kinds of forgery', () => {
  it(`are ${LEAST} at least, and no two of them have one name`, () => {
    expect(KINDS.length).toBeGreaterThanOrEqual(LEAST);
    expect(new Set(KINDS).size).toBe(KINDS.length);
  });

  it(`are ${KINDS.length}: as many as docs/security.md says, in all and of each sort`, () => {
    expect(documented('kinds of forgery')).toEqual([KINDS.length]);
    expect(documented('kinds of forged records')).toEqual([RECORD_KINDS.length]);
    expect(documented('kinds of forged tasks')).toEqual([TASK_KINDS.length]);
    expect(documented('at the gateway’s door')).toEqual([AT_THE_DOOR.length]);
    expect(documented('by a stolen gateway')).toEqual([BY_A_WHOLE_GATEWAY.length]);
    expect(documented('kinds of forged tokens')).toEqual([TOKENS.length]);
  });
});
