import { describe, expect, it } from 'vitest';
import type { PreviewSource } from '@countersign/domain';
import { canonicalJson } from '@countersign/kernel';
import { changesOf } from './preview.js';

const source = { changes: [{ field: 'left', now: { from: 'answer', pointer: '/left' } }] } as unknown as PreviewSource;
const shown = (left: unknown) => changesOf(source, { left } as never, {}).changes;

describe('what people are shown of an answer', () => {
  it('is a number where it is one, and a word where no number holds it', () => {
    expect(shown(5)).toEqual([{ field: 'left', now: 5 }]);
    expect(shown(JSON.parse('1e400'))).toEqual([{ field: 'left', now: 'Infinity' }]);
    expect(shown(JSON.parse('{"in":[-1e400]}'))).toEqual([{ field: 'left', now: '{"in":["-Infinity"]}' }]);
    expect(() => canonicalJson(shown(JSON.parse('1e400')) as never)).not.toThrow();
  });
});
