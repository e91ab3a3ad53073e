import { readFileSync } from 'node:fs';
import { CloudEvent, HTTP, Kafka } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { CLAIM_TYPE, CLAIM_VERSION } from './claim.js';
import { decodeClaim, decodeEvent, encodeClaim, encodeEvent, rereadEvent } from './codec.js';
import { sampleFile } from './define-event.js';
import { CLOUDEVENTS_JSON, parseCauses, type Envelope } from './envelope.js';
import { sampleEvent } from './generate/sample-events.js';
import { definitions } from './generate/event-schemas.js';
import { packageFile } from './package-file.js';
import { PUBLISHED } from './published.js';

const bytesOf = (type: string, version: number): Buffer => readFileSync(packageFile(sampleFile(type, version)));

describe.each(PUBLISHED.map(({ type, version }) => [type, version] as const))('the sample of %s, version %i', (type, version) => {
  const bytes = bytesOf(type, version);

  it('decodes', () => {
    expect(decodeEvent(bytes)).toMatchObject({ type });
  });

  it('is read again from its bytes as it was decoded', () => {
    expect(rereadEvent(bytes)).toEqual(decodeEvent(bytes));
  });

  it('is canonical, and the same bytes again when it is encoded', () => {
    expect(encodeEvent(JSON.parse(bytes.toString()) as Envelope)).toEqual(bytes);
  });

  it('has causes that can be read', () => {
    expect(parseCauses((JSON.parse(bytes.toString()) as Envelope).causes)).toBeDefined();
  });

  it('is a CloudEvent for the official SDK', () => {
    const value = JSON.parse(bytes.toString()) as object;
    expect(new CloudEvent(value).validate()).toBe(true);
    const headers = { 'content-type': CLOUDEVENTS_JSON };
    const http = HTTP.toEvent({ headers, body: bytes.toString() }) as CloudEvent<object>;
    expect(http.toJSON()).toMatchObject(value);
    const kafka = Kafka.toEvent({ headers, body: bytes.toString(), key: null, value: bytes.toString() } as never) as CloudEvent<object>;
    expect(kafka.toJSON()).toMatchObject(value);
  });
});

describe('samples', () => {
  it('are what the classes declare today, for the newest versions', () => {
    for (const definition of definitions) expect(JSON.parse(bytesOf(definition.type, definition.version).toString())).toEqual(JSON.parse(JSON.stringify(sampleEvent(definition))));
  });

  it('have one of a claim', () => {
    const bytes = bytesOf(CLAIM_TYPE, CLAIM_VERSION);
    expect(encodeClaim(decodeClaim(bytes))).toEqual(bytes);
  });
});
