import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent } from './codec.js';
import { sampleFile } from './define-event.js';
import { packageFile } from './package-file.js';
import { peekType } from './peek-type.js';
import { PUBLISHED } from './published.js';

const bytesOf = (type: string, version: number): Buffer => readFileSync(packageFile(sampleFile(type, version)));

describe('the type of an event, seen without parsing it', () => {
  it.each(PUBLISHED.map(({ type, version }) => [type, version] as const))('is that of the sample of %s, version %i', (type, version) => {
    expect(peekType(bytesOf(type, version))).toBe(type);
  });

  it('is the event’s own, whatever its data say', () => {
    const submitted = decodeEvent(bytesOf('countersign.task.submitted', 1));
    if (submitted.type !== 'countersign.task.submitted') throw new Error('another sample');
    const input = { workflow: 'w', z: { y: '","type":"countersign.run.closed"', type: 'countersign.run.closed' }, type: 'countersign.run.closed' };
    expect(peekType(encodeEvent({ ...submitted, data: Object.assign({}, submitted.data, { input }) }))).toBe('countersign.task.submitted');
  });

  it.each(['', '{}', '{"a":1,"type":"countersign.no.such"}', '{"a":1,"type":"countersign.run.closed'])('is not to be seen in `%s`', (text) => {
    expect(peekType(Buffer.from(text))).toBeUndefined();
  });
});
