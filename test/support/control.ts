import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { NewRecord } from '@countersign/bus';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, type EventData } from '@countersign/contracts';
import { humanPrincipal, keyIdOf, loadOrCreateKeyFile, rawPublicKeyOf, signAsPerson, type ControlType } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import type { Stack } from './stack.ts';

/** A control as the person of the stack would sign it, where the command line has none or takes too long. */
export const signedControl = <Type extends ControlType>(stack: Stack, type: Type, data: EventData<Type>): NewRecord => {
  const person = loadOrCreateKeyFile(join(stack.dataDir, 'keys/admin.pem'));
  const value = encodeEvent(newEvent({ service: 'operator', type, data, subject: randomUUID(), actor: humanPrincipal('admin'), now: Date.now() as Instant }));
  const signature = signAsPerson(value, person, keyIdOf(rawPublicKeyOf(person)));
  return { key: Buffer.from('controls'), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: signature } };
};
