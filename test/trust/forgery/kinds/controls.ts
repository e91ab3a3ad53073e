import { HEADERS, type NewEvent } from '@countersign/contracts';
import type { NewRecord } from '@countersign/bus';
import { rawPublicKeyOf, signerOf } from '@countersign/identity';
import { canonicalJson, sha256, type ErrorCode, type JsonObject, type KeyId } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { controlRecord, jwsOf, KEYS, personRecord, ROOT_PEOPLE, serviceKey, STRANGER, UNANNOUNCED, type Signatory } from '../desk.ts';
import { inTurn, letters, times, type Kind, type Workshop } from '../kind.ts';
import { seal } from '../writer.ts';

/** What somebody with the password of the people's command line can write to `controls`, and what one person alone can sign. */

const { lea, max, olga } = ROOT_PEOPLE;
const BODY: JsonObject = { policies: [] };
const policyFile = (index: number, body = BODY, hash = sha256(canonicalJson(body))): Omit<NewEvent<'countersign.policy.published'>, 'service' | 'now' | 'actor'> => ({ type: 'countersign.policy.published', subject: `forged/${index}`, data: { id: `forged-${index}`, version: 1, hash, path: 'forged.yaml', body } });
const redrive = (index: number): Omit<NewEvent<'countersign.dlq.redriven'>, 'service' | 'now' | 'actor'> => ({ type: 'countersign.dlq.redriven', subject: `forged/${index}`, data: { service: 'executor', topic: 'decisions', partition: 0, offset: index } });

const kind = (what: string, codes: readonly ErrorCode[], forge: (random: Random, index: number, workshop: Workshop) => NewRecord): Kind => ({
  what,
  refusal: letters(['executor', 'ledger'], ...codes),
  forge: (workshop) => ({ local: 'controls', partition: 0, records: times(workshop.count, (index) => forge(workshop.random, index, workshop)) }),
});

const valueOf = ({ value }: NewRecord): Buffer => value ?? Buffer.alloc(0);
const signatureOf = ({ headers }: NewRecord): string => String(headers[HEADERS.personSignature]);
const resigned = (text: string, signers: readonly Signatory[] = [lea, max]): NewRecord => personRecord(Buffer.from(text), jwsOf(Buffer.from(text), signers));
/** Controls that count, of every role, and that stop nothing here. */
const stop = (index: number): NewRecord => controlRecord({ type: 'countersign.kill-switch.set', subject: `in-force/${index}`, data: { scope: 'tenant', value: `initech-${index}`, reason: 'refunds go to the wrong customers' } }, [olga]);
const announced = (index: number): NewRecord => {
  const { key, id } = serviceKey();
  return controlRecord({ type: 'countersign.key.announced', subject: `in-force/${index}`, data: { service: 'planner', key: id, publicKey: rawPublicKeyOf(key) } });
};
const redriven = (index: number): NewRecord => controlRecord({ type: 'countersign.dlq.redriven', subject: `in-force/${index}`, data: { service: 'planner', topic: 'executions', partition: 0, offset: index } }, [olga]);
const IN_FORCE = [stop, announced, redriven];

/** A signature of hers with another header than ours. */
const withHeader = (record: NewRecord, header: object): NewRecord => personRecord(valueOf(record), `${Buffer.from(JSON.stringify(header)).toString('base64url')}..${signatureOf(record).split(' ')[0]?.split('..')[1] ?? ''}`);

export const CONTROLS: readonly Kind[] = [
  kind('a control that nobody has signed', ['SIGNATURE_MISSING'], (random, index) => personRecord(valueOf(random.pick([controlRecord(policyFile(index)), controlRecord(redrive(index))])), random.pick([undefined, '']))),
  kind('a control that a service has signed', ['SIGNATURE_MISSING'], (random, index) => {
    const [signed] = seal({ local: 'controls', partition: 0, epoch: '-', firstSeq: index, signer: signerOf('policy', random.pick([KEYS.policy, KEYS.executor]).key) }, [{ key: null, value: valueOf(controlRecord(policyFile(index))) }]);
    return inTurn(signed ? [signed] : [], 0);
  }),
  kind('a control that a stranger, or a service’s key, has signed as a person', ['SIGNER_UNKNOWN'], (random, index) => controlRecord(policyFile(index), [random.pick([STRANGER, { subject: lea.subject, key: KEYS.policy.key, id: KEYS.policy.id }, { ...STRANGER, subject: lea.subject }])])),
  kind('a control of a person without the role for it', ['SIGNER_WRONG'], (random, index) => random.pick([() => controlRecord(policyFile(index), [olga]), () => controlRecord(redrive(index), [lea, max])])()),
  kind('a control that one of two has signed, once or twice', ['SIGNER_WRONG'], (random, index) => controlRecord({ type: 'countersign.key.retired', subject: `forged/${index}`, data: { key: UNANNOUNCED.id } }, random.pick([[lea], [max], [lea, lea], [lea, lea, lea], [lea, olga]]))),
  kind('a control in the name of somebody who did not sign', ['SIGNER_WRONG'], (random, index) => resigned(String(valueOf(controlRecord(policyFile(index)))).replace(lea.subject, random.pick([olga.subject, STRANGER.subject, lea.subject.replace('lea', 'leа'.normalize('NFD').replace(/[^a-z]/g, 'a2'))])))),
  kind('a control that was altered after people signed', ['SIGNATURE_INVALID'], (random, index) => {
    const record = controlRecord(policyFile(index));
    return personRecord(Buffer.from(String(valueOf(record)).replace('"version":1', `"version":${random.between(2, 99_999)}`)), signatureOf(record));
  }),
  kind('a control under the signatures on another one', ['SIGNATURE_INVALID'], (_random, index) => personRecord(valueOf(controlRecord(policyFile(index))), signatureOf(controlRecord(policyFile(index + 1))))),
  kind('a signature whose header chooses its own algorithm or key', ['SIGNATURE_INVALID'], (random, index) => withHeader(controlRecord(policyFile(index)), random.pick<object>([{ alg: 'none', kid: lea.id }, { alg: 'HS256', kid: lea.id }, { alg: 'EdDSA' }, { alg: 'EdDSA', kid: lea.id, jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }, { kid: lea.id, alg: 'EdDSA' }, { alg: 'EdDSA', kid: lea.id.toUpperCase() }, { alg: 'EdDSA', kid: `${index}` }]))),
  kind('a control of two spellings, signed as such', ['EVENT_INVALID', 'JSON_INVALID'], (random, index) => {
    const text = String(valueOf(controlRecord(policyFile(index))));
    return resigned(random.pick([text.replace('"version":', '"version":7,"version":'), text.replace('"version":1', '"version":1.0'), `${text} `, `\ufeff${text}`, text.replace('"policies"', '"\\u0070olicies"')]));
  }),
  kind('a file under the hash of another one, or a key under the id of another one', ['EVENT_INVALID'], (random, index) => random.pick([
    () => controlRecord(policyFile(index, BODY, sha256(String(index)))),
    () => controlRecord({ type: 'countersign.key.announced', subject: `forged/${index}`, data: { service: 'executor', key: sha256(String(index)).slice(0, 16) as KeyId, publicKey: 'A'.repeat(43) } }),
  ])()),
  kind('what is no control, signed by everybody', ['EVENT_MISPLACED', 'EVENT_INVALID', 'EVENT_TYPE_UNKNOWN', 'EVENT_VERSION_UNKNOWN'], (random, index) => resigned(String(valueOf(controlRecord(policyFile(index)))).replaceAll('policy.published', random.pick(['action.allowed', 'approval.granted', `policy.published${index}`])))),
  {
    what: 'a control that was in force, copied behind what came after it',
    refusal: letters(['executor', 'ledger'], 'EVENT_REPEATED'),
    forge: ({ world, count }) => {
      const more = times(count - world.desk.length, (index) => inTurn(IN_FORCE, index)(index));
      world.append('controls', 0, [...more, stop(count)]);
      return { local: 'controls', partition: 0, records: [...world.desk, ...more] };
    },
  },
];
