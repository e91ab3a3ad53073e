import { HEADERS, CLOUDEVENTS_JSON, encodeEvent, newEvent, SERVICES, topicName } from '@countersign/contracts';
import type { Broker } from '@countersign/bus';
import { initialControls, keyAt, type ControlState } from '@countersign/domain';
import { keyIdOf, loadRoot, rawEncryptionKeyOf, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import { controlsFold, controlVerifier } from '@countersign/service';
import { LOCAL_PERSON, type StackKeys } from './stack-keys.js';

/** What is in force: the whole of `controls`, folded. */
export const readControls = async (broker: Broker, topic: string, rootFile: string): Promise<ControlState> => {
  const target = { topic, partition: 0 };
  const root = loadRoot(rootFile);
  const verify = controlVerifier(root);
  const { end } = await broker.offsets(target);
  let state = initialControls();
  await broker.read(target, 0, end, (records) => {
    for (const record of records) {
      try {
        state = controlsFold.evolve(state, verify(record), record);
      } catch {
        // Every service makes a dead letter of it; here it is as if it were not there.
      }
    }
  });
  return state;
};

/** Announces the services' keys that are not announced yet, as the person of this stack. */
export const announceKeys = async (broker: Broker, namespace: string, keys: StackKeys): Promise<void> => {
  const topic = topicName(namespace, 'controls');
  const controls = await readControls(broker, topic, keys.rootFile);
  for (const service of SERVICES) {
    const publicKey = rawPublicKeyOf(keys.services[service].key);
    const key = keyIdOf(publicKey);
    if (keyAt(controls, key, Infinity)) continue;
    // Only the executor is sent what nobody else may read.
    const encryptionKey = service === 'executor' ? { encryptionKey: rawEncryptionKeyOf(keys.services[service].key) } : {};
    const event = newEvent({ service: 'operator', type: 'countersign.key.announced', data: { service, key, publicKey, ...encryptionKey }, actor: LOCAL_PERSON, subject: key, now: systemClock.now() });
    const value = encodeEvent(event);
    const jws = signAsPerson(value, keys.person.key, keyIdOf(rawPublicKeyOf(keys.person.key)));
    await broker.append({ topic, partition: 0 }, [{ key: Buffer.from('controls'), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: jws } }]);
  }
};
