import { join } from 'node:path';
import type { NewRecord } from '@countersign/bus';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, type EventData } from '@countersign/contracts';
import { humanPrincipal, keyIdOf, loadOrCreateKeyFile, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import type { Stack } from './stack.ts';

type KeyControl = 'countersign.key.announced' | 'countersign.key.retired';

/** A control on a key as the person of the stack would sign it; the command line has none for retiring. */
export const signedControl = <Type extends KeyControl>(stack: Stack, type: Type, data: EventData<Type>): NewRecord => {
  const person = loadOrCreateKeyFile(join(stack.dataDir, 'keys/admin.pem'));
  const value = encodeEvent(newEvent({ service: 'operator', type, data, subject: 'key', actor: humanPrincipal('admin'), now: Date.now() as Instant }));
  const signature = signAsPerson(value, person, keyIdOf(rawPublicKeyOf(person)));
  return { key: Buffer.from('controls'), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: signature } };
};
