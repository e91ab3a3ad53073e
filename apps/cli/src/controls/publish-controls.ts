import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, topicName, type Event, type EventData } from '@countersign/contracts';
import { scopeOf, scopeText } from '@countersign/domain';
import { CONTROL_ROLES, mayStop, signaturesNeeded, type ControlType, type Root } from '@countersign/identity';
import { CountersignError, type Instant } from '@countersign/kernel';
import type { Broker, NewRecord } from '@countersign/bus/client';
import type { SigningPerson } from '../connection/person.js';
import { CONTROLS_PARTITION } from './control-log.js';

export type NewControl = { [Type in ControlType]: { readonly type: Type; readonly subject: string; readonly data: EventData<Type> } }[ControlType];

/** Throws `SIGNER_WRONG` where the root file does not let a person pull a switch. */
export const requireMay = (root: Root, person: SigningPerson, controls: readonly NewControl[]): void => {
  requireRole(root, person, controls.map(({ type }) => type));
  const { may } = root.people.find(({ subject }) => subject === person.subject) ?? {};
  const beyond = controls.map((control) => eventOf(control, person, 0 as Instant)).find((event) => !mayStop(may, event));
  const scope = beyond && scopeOf(beyond);
  if (scope) throw new CountersignError('SIGNER_WRONG', `the root file does not let \`${person.subject}\` pull this switch for ${scopeText(scope)}`, { hint: 'sign as somebody who may: COUNTERSIGN_PERSON and COUNTERSIGN_PERSON_KEY_FILE' });
};

/** Below what the topic takes in one batch (640 KiB), with room for what Kafka adds. */
const MAX_BATCH_BYTES = 512 * 1024;

/** Throws `SIGNER_WRONG` where what this person alone signs would count for nobody. */
export const requireRole = (root: Root, person: SigningPerson, types: readonly ControlType[]): void => {
  for (const type of types) {
    const role = CONTROL_ROLES[type];
    const needed = signaturesNeeded(type, root);
    const mayAct = root.people.some(({ subject, roles }) => subject === person.subject && roles.includes(role));
    if (!mayAct) throw new CountersignError('SIGNER_WRONG', `\`${person.subject}\` is no ${role} in the root file`, { hint: 'sign as somebody else: COUNTERSIGN_PERSON and COUNTERSIGN_PERSON_KEY_FILE' });
    if (needed > 1) throw new CountersignError('SIGNER_WRONG', `${needed} people of role ${role} have to sign, and this command signs for one`);
  }
};

const eventOf = (control: NewControl, person: SigningPerson, now: Instant): Event => {
  // The union's members pair type and data; the compiler cannot follow that through a generic call.
  const { type, data, subject } = control as { readonly type: ControlType; readonly data: EventData<ControlType>; readonly subject: string };
  return newEvent({ service: 'operator', type, data, subject: `${subject} ${now}`, actor: person.subject, now });
};

const recordOf = (control: NewControl, person: SigningPerson, now: Instant): NewRecord => {
  const value = encodeEvent(eventOf(control, person, now));
  return { key: null, value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: person.sign(value) } };
};

/** Appends a control again, with more signatures over the same bytes. */
export const republishControl = async (broker: Broker, namespace: string, value: Buffer, signatures: readonly string[]): Promise<void> => {
  const headers = { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: signatures.join(' ') };
  await broker.append({ topic: topicName(namespace, 'controls'), partition: CONTROLS_PARTITION }, [{ key: null, value, headers }]);
};

/** A signature can be as long as what it signs. */
const sizeOf = ({ value, headers }: NewRecord): number => (value?.length ?? 0) + Object.entries(headers).reduce((size, [name, header]) => size + name.length + header.length, 0);

const batchesOf = (records: readonly NewRecord[]): NewRecord[][] => {
  const batches: NewRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (size > room) {
      batches.push([]);
      room = MAX_BATCH_BYTES;
    }
    batches.at(-1)?.push(record);
    room -= size;
  }
  return batches;
};

/** Signs controls and appends them in order; nothing is appended unless all of them can be. Gives the offset of the last. */
export const publishControls = async (broker: Broker, namespace: string, person: SigningPerson, controls: readonly NewControl[], now: Instant): Promise<number> => {
  const records = controls.map((control) => recordOf(control, person, now));
  let last = -1;
  for (const batch of batchesOf(records)) {
    const first = await broker.append({ topic: topicName(namespace, 'controls'), partition: CONTROLS_PARTITION }, batch);
    last = first + batch.length - 1;
  }
  return last;
};
