import { encodeEvent, HEADERS, newEvent, previewHashOf, SERVICES } from '@countersign/contracts';
import type { NewRecord } from '@countersign/bus';
import { signerOf } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { KEYS, RETIRED, UNANNOUNCED, type ServiceKey } from '../desk.ts';
import { ELSEWHERE, HOME, keyOf, tenantBeside, unsigned, type Grant } from '../grants.ts';
import { inTurn, letters, passedOver, times, type Forged, type Kind, type Workshop } from '../kind.ts';
import { seal } from '../writer.ts';

/** What somebody with policy's password can write who does not have its key. */

const BOTH = ['executor', 'ledger'] as const;
/** Five of them. */
const OTHERS = SERVICES.filter((service) => service !== 'policy');
const at = (records: readonly NewRecord[], partition = HOME, local = 'decisions'): Forged => ({ local, partition, records });
const text = (header: Buffer | string | undefined): string => String(header ?? '');
const withHeaders = (record: NewRecord, change: Readonly<Record<string, string>>): NewRecord => ({ ...record, headers: { ...record.headers, ...change } });
const without = (record: NewRecord, name: string): NewRecord => ({ ...record, headers: Object.fromEntries(Object.entries(record.headers).filter(([header]) => header !== name)) });

/** Grants from one of them on, signed by somebody in the place of policy, in batches of two and more; they were never written. */
const signedBy = ({ policy, grants, count, random }: Workshop, key: ServiceKey, from = 0): readonly NewRecord[] => {
  const { epoch, seq } = policy.place(HOME);
  const signer = signerOf('policy', key.key);
  const records = times(count, (index) => unsigned(inTurn(grants, from + index)));
  const sealed: NewRecord[] = [];
  while (sealed.length < count) {
    const size = random.between(2, 16);
    const until = sealed.length + size > count - 2 ? count : sealed.length + size;
    sealed.push(...seal({ local: 'decisions', partition: HOME, epoch, firstSeq: seq + sealed.length, signer }, records.slice(sealed.length, until)));
  }
  return sealed;
};
/** Grants as policy has signed them. */
const stolen = (workshop: Workshop): readonly NewRecord[] => signedBy(workshop, KEYS.policy);
const changed = (workshop: Workshop, change: (record: NewRecord, random: Random, index: number) => NewRecord): readonly NewRecord[] => {
  const found = stolen(workshop);
  return times(workshop.count, (index) => change(inTurn(found, index), workshop.random, index));
};
const signature = (record: NewRecord, change: (parts: string[]) => void): NewRecord => {
  const parts = text(record.headers[HEADERS.signature]).split('.');
  change(parts);
  return withHeaders(record, { [HEADERS.signature]: parts.join('.') });
};
const dearer = ({ data: { action } }: Grant): RegExp => new RegExp(`"amount_cents":${JSON.stringify(action.args['amount_cents'])}`);

export const SIGNATURES: readonly Kind[] = [
  {
    what: 'a grant with an altered argument under its old signature',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => at(changed(workshop, (record, random, index) => ({ ...record, value: Buffer.from(text(record.value ?? '').replace(dearer(inTurn(workshop.grants, index)), `"amount_cents":${random.between(10_000, 99_999)}`)) }))),
  },
  {
    what: 'a grant of which one byte is another one',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) =>
      at(
        changed(workshop, (record, random) => {
          const value = Buffer.from(record.value ?? '');
          const where = random.between(0, value.length - 1);
          value[where] = (value[where] ?? 0) ^ (1 << random.between(0, 6));
          return { ...record, value };
        }),
      ),
  },
  { what: 'a grant without a signature', refusal: letters(BOTH, 'SIGNATURE_MISSING'), forge: (workshop) => at(changed(workshop, (record, random) => random.pick([without(record, HEADERS.signature), withHeaders(record, { [HEADERS.signature]: '' })]))) },
  {
    what: 'a signature of which one character is another one',
    refusal: letters(BOTH, 'SIGNATURE_INVALID', 'SIGNER_UNKNOWN'),
    forge: (workshop) =>
      at(
        changed(workshop, (record, random) => {
          const header = text(record.headers[HEADERS.signature]);
          const where = random.between(0, header.length - 1);
          const other = random.pick(['x', 'Q', '7', '-', '.', ' ', '\0']);
          return withHeaders(record, { [HEADERS.signature]: header.slice(0, where) + (header[where] === other ? '=' : other) + header.slice(where + 1) });
        }),
      ),
  },
  {
    what: 'a batch proof that is cut short or grown',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => at(changed(workshop, (record, random) => signature(record, (parts) => void (parts[6] = random.pick([(parts[6] ?? '').slice(0, random.between(0, (parts[6] ?? '').length - 1)), `${parts[6]}${'A'.repeat(random.between(1, 43))}`]))))),
  },
  {
    what: 'a batch proof with another place or size of the batch',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => at(changed(workshop, (record, random) => signature(record, (parts) => {
      const part = random.pick([2, 3, 4] as const);
      parts[part] = String(Number(parts[part]) + random.between(1, 900));
    }))),
  },
  {
    what: 'the batch proof of the record beside it',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => {
      const found = stolen(workshop);
      return at(times(workshop.count, (index) => withHeaders(inTurn(found, index), { [HEADERS.signature]: text(inTurn(found, index + workshop.random.between(1, 6)).headers[HEADERS.signature]) })));
    },
  },
  { what: 'a grant copied to another partition', refusal: letters(BOTH, 'SIGNATURE_INVALID'), forge: (workshop) => at(stolen(workshop), ELSEWHERE) },
  {
    what: 'a grant copied to another key',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => at(changed(workshop, (record, random) => ({ ...record, key: random.pick([null, Buffer.alloc(0), Buffer.from('initech/desk'), Buffer.from('Acme/desk'), Buffer.from('аcme/desk'), Buffer.from(`${String(record.key)}${'\0'.repeat(random.between(1, 20))}`)]) }))),
  },
  ...(['executions', 'proposals', 'approvals'] as const).map((local): Kind => ({ what: `a grant copied to the topic of another service: ${local}`, refusal: letters(['ledger'], 'SIGNER_WRONG'), forge: (workshop) => at(stolen(workshop), HOME, local) })),
  { what: 'a grant under another epoch', refusal: letters(BOTH, 'SIGNATURE_INVALID'), forge: (workshop) => at(changed(workshop, (record, random) => withHeaders(record, { [HEADERS.epoch]: random.pick(['claim', '-', '', '007', String(random.between(1_000_000, 9_000_000)), String(Number(record.headers[HEADERS.epoch]) - random.between(1, 9))]) }))) },
  { what: 'a grant of an epoch that did not begin yet', refusal: letters(BOTH, 'EVENT_INVALID'), forge: ({ policy, grants, count, random, world }) => at(times(count, (index) => inTurn(seal({ local: 'decisions', partition: HOME, epoch: world.end('decisions', HOME) + count + random.between(0, 1_000_000), firstSeq: 0, signer: policy.signer }, [unsigned(inTurn(grants, index))]), 0))) },
  {
    what: 'a grant that was used, copied behind itself',
    refusal: passedOver('EVENT_REPEATED'),
    forge: async ({ grants, carryOut }) => {
      const done = await carryOut(grants);
      return at(done);
    },
  },
  {
    what: 'a grant of an epoch that is over',
    refusal: passedOver('EPOCH_STALE'),
    forge: ({ policy, grants, count }) => {
      const records = policy.next(HOME, times(count, (index) => unsigned(inTurn(grants, index))));
      policy.claim(HOME);
      return at(records);
    },
  },
  {
    what: 'a claim that was over, copied behind the next one',
    refusal: passedOver('EPOCH_STALE'),
    forge: ({ policy, count }) => {
      const old = times(count, () => policy.claim(HOME));
      policy.claim(HOME);
      return at(old);
    },
  },
  {
    what: 'a claim copied to another partition',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: ({ policy, count }) => {
      return at(times(count, () => policy.claim(HOME)), ELSEWHERE);
    },
  },
  {
    what: 'a claim that nobody, or another service, has signed',
    refusal: letters(BOTH, 'SIGNATURE_MISSING', 'SIGNER_WRONG'),
    forge: ({ policy, count }) =>
      at(
        times(count, (index) => {
          // After each of the others comes one of nobody.
          const service = OTHERS[index % (OTHERS.length + 1)];
          const claim = inTurn(seal({ local: 'decisions', partition: HOME, epoch: 'claim', firstSeq: 0, signer: service ? signerOf(service, KEYS[service].key) : policy.signer }, [policy.nextClaim(HOME)]), 0);
          return service ? claim : without(claim, HEADERS.signature);
        }),
      ),
  },
  {
    what: 'a grant that another service has signed',
    refusal: letters(BOTH, 'SIGNER_WRONG'),
    forge: (workshop) => {
      const share = Math.ceil(workshop.count / OTHERS.length);
      return at(OTHERS.flatMap((service, place) => signedBy({ ...workshop, count: share }, KEYS[service], place * share)).slice(0, workshop.count));
    },
  },
  {
    what: 'what an action would do, said by another service than the executor',
    refusal: letters(['approvals', 'ledger'], 'SIGNER_WRONG'),
    forge: ({ grants, count, random }) => {
      const shown = { kind: 'dry-run' as const, changes: [{ field: 'refunded', now: 0, after: 1, unit: 'usd-cents' as const }] };
      return at(
        times(count, (index) => {
          const service = inTurn(SERVICES.filter((each) => each !== 'executor'), index);
          const grant = inTurn(grants, index);
          const { tenant, workflow, run, step, data } = grant;
          const { approval = '', actionHash, jti, runDeadline } = data;
          const preview = { ...shown, hash: previewHashOf(shown) };
          const event = newEvent({ service: 'executor', type: 'countersign.action.previewed', tenant, workflow, run, step, subject: `${approval}/${index}`, now: Date.now() as Instant, data: { approval, actionHash, jti, preview, runDeadline } });
          return inTurn(seal({ local: 'executions', partition: HOME, epoch: random.between(0, 9), firstSeq: index, signer: signerOf(service, KEYS[service].key) }, [{ key: keyOf(grant), value: encodeEvent(event) }]), 0);
        }),
        HOME,
        'executions',
      );
    },
  },
  { what: 'a grant under a key that nobody announced', refusal: letters(BOTH, 'SIGNER_UNKNOWN'), forge: (workshop) => at(signedBy(workshop, UNANNOUNCED)) },
  { what: 'a grant under a key of policy that is retired', refusal: letters(BOTH, 'SIGNER_UNKNOWN'), forge: (workshop) => at(signedBy(workshop, RETIRED)) },
  {
    what: 'confused key ids: the name of one key on the signature of another',
    refusal: letters(BOTH, 'SIGNATURE_INVALID', 'SIGNER_WRONG', 'SIGNER_UNKNOWN'),
    forge: (workshop) => {
      const forged = signedBy(workshop, KEYS.planner);
      const genuine = stolen(workshop);
      return at(times(workshop.count, (index) => signature(workshop.random.pick([inTurn(forged, index), inTurn(genuine, index)]), (parts) => void (parts[1] = parts[1] === KEYS.planner.id ? KEYS.policy.id : workshop.random.pick([KEYS.executor.id, KEYS.gateway.id, KEYS.policy.id.toUpperCase(), RETIRED.id])))));
    },
  },
  {
    what: 'a grant before which numbers are missing',
    refusal: letters(BOTH, 'SEQUENCE_BROKEN'),
    forge: ({ policy, grants, count, random }) => {
      const place = policy.place(HOME);
      return at(
        times(count, (index) => {
          place.seq += random.between(1, 50);
          return inTurn(policy.next(HOME, [unsigned(inTurn(grants, index))]), 0);
        }),
      );
    },
  },
  { what: 'a grant under another ordering key than its own, signed as such', refusal: letters(BOTH, 'EVENT_MISPLACED'), forge: ({ policy, grants, count, random }) => at(policy.next(HOME, times(count, (index) => ({ ...unsigned(inTurn(grants, index)), key: random.pick([null, Buffer.from('initech/desk'), keyOf({ tenant: tenantBeside(inTurn(grants, index)) }), Buffer.from(`${String(keyOf(inTurn(grants, index)))} `)]) })))) },
];
