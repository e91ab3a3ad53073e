import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

const HEADER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a traceparent header', () => {
  it('is read and written', () => {
    const span = parseTraceparent(HEADER);
    expect(span).toEqual({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true });
    expect(span && formatTraceparent(span)).toBe(HEADER);
  });

  it.each(['', 'x', `${HEADER} `, HEADER.toUpperCase(), HEADER.replace('00-', '01-'), HEADER.replace(/-b.*-/, '-0000000000000000-'), HEADER.replace(/0af\w+/, '0'.repeat(32))])('is not `%s`', (header) => {
    expect(parseTraceparent(header)).toBe(undefined);
  });
});
