import { HEADERS, SERVICES } from '@countersign/contracts';
import type { NewRecord, Unsigned } from '@countersign/bus';
import { signerOf } from '@countersign/identity';
import type { Random } from '../../../support/random.ts';
import { KEYS, RETIRED, UNANNOUNCED } from '../desk.ts';
import { ELSEWHERE, HOME, KEY, unsigned, type Grant } from '../grants.ts';
import { inTurn, letters, passedOver, times, type Forged, type Kind, type Workshop } from '../kind.ts';
import { seal } from '../writer.ts';

/** What somebody with policy's password can write who does not have its key. */

const BOTH = ['executor', 'ledger'] as const;
const at = (records: readonly NewRecord[], partition = HOME, local = 'decisions'): Forged => ({ local, partition, records });
const text = (header: Buffer | string | undefined): string => String(header ?? '');
const withHeaders = (record: NewRecord, change: Readonly<Record<string, string>>): NewRecord => ({ ...record, headers: { ...record.headers, ...change } });
const without = (record: NewRecord, name: string): NewRecord => ({ ...record, headers: Object.fromEntries(Object.entries(record.headers).filter(([header]) => header !== name)) });

/** Grants as policy has signed them, in batches of seven; they were never written. */
const stolen = ({ policy, grants }: Workshop): readonly NewRecord[] => {
  const { epoch, seq } = policy.place(HOME);
  const records = times(14, (index) => unsigned(inTurn(grants, index)));
  return [0, 7].flatMap((from) => seal({ local: 'decisions', partition: HOME, epoch, firstSeq: seq, signer: policy.signer }, records.slice(from, from + 7)));
};
const changed = (workshop: Workshop, change: (record: NewRecord, random: Random, index: number) => NewRecord): readonly NewRecord[] => {
  const found = stolen(workshop);
  return times(workshop.count, (index) => change(inTurn(found, index), workshop.random, index));
};
const signature = (record: NewRecord, change: (parts: string[]) => void): NewRecord => {
  const parts = text(record.headers[HEADERS.signature]).split('.');
  change(parts);
  return withHeaders(record, { [HEADERS.signature]: parts.join('.') });
};
/** The grants, signed by somebody in the place of policy. */
const signedBy = ({ policy, grants, count }: Workshop, key: { readonly key: Parameters<typeof signerOf>[1] }): readonly NewRecord[] => {
  const { epoch, seq } = policy.place(HOME);
  return seal({ local: 'decisions', partition: HOME, epoch, firstSeq: seq, signer: signerOf('policy', key.key) }, times(count, (index): Unsigned => unsigned(inTurn(grants, index))));
};
const dearer = ({ data: { action } }: Grant): RegExp => new RegExp(`"amount_cents":${JSON.stringify(action.args['amount_cents'])}`);

export const SIGNATURES: readonly Kind[] = [
  {
    what: 'a grant with an altered argument under its old signature',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => at(changed(workshop, (record, random, index) => ({ ...record, value: Buffer.from(text(record.value ?? '').replace(dearer(inTurn(workshop.grants, index % 14)), `"amount_cents":${random.between(10_000, 99_999)}`)) }))),
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
  { what: 'a grant copied to another partition', refusal: letters(BOTH, 'SIGNATURE_INVALID'), forge: (workshop) => at(changed(workshop, (record) => record), ELSEWHERE) },
  {
    what: 'a grant copied to another key',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: (workshop) => at(changed(workshop, (record, random) => ({ ...record, key: random.pick([null, Buffer.alloc(0), Buffer.from('globex/desk'), Buffer.from('Acme/desk'), Buffer.from('аcme/desk'), Buffer.from(`acme/desk${'\0'.repeat(random.between(1, 20))}`)]) }))),
  },
  { what: 'a grant copied to the topic of another service', refusal: letters(['ledger'], 'SIGNER_WRONG'), forge: (workshop) => at(changed(workshop, (record) => record), HOME, inTurn(['executions', 'proposals', 'approvals'], workshop.random.between(0, 2))) },
  { what: 'a grant under another epoch', refusal: letters(BOTH, 'SIGNATURE_INVALID'), forge: (workshop) => at(changed(workshop, (record, random) => withHeaders(record, { [HEADERS.epoch]: random.pick(['claim', '-', '', '007', String(random.between(1_000_000, 9_000_000)), String(Number(record.headers[HEADERS.epoch]) - random.between(1, 9))]) }))) },
  { what: 'a grant of an epoch that did not begin yet', refusal: letters(BOTH, 'EVENT_INVALID'), forge: ({ policy, grants, count, random, world }) => at(times(count, (index) => inTurn(seal({ local: 'decisions', partition: HOME, epoch: world.end('decisions', HOME) + count + random.between(0, 1_000_000), firstSeq: 0, signer: policy.signer }, [unsigned(inTurn(grants, index))]), 0))) },
  {
    what: 'a grant that was used, copied behind itself',
    refusal: passedOver('EVENT_REPEATED'),
    forge: async ({ grants, count, carryOut }) => {
      const done = await carryOut(grants.slice(0, 20));
      return at(times(count, (index) => inTurn(done, index)));
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
      const old = times(5, () => policy.claim(HOME));
      policy.claim(HOME);
      return at(times(count, (index) => inTurn(old, index)));
    },
  },
  {
    what: 'a claim copied to another partition',
    refusal: letters(BOTH, 'SIGNATURE_INVALID'),
    forge: ({ policy, count }) => {
      const claims = times(5, () => policy.claim(HOME));
      return at(times(count, (index) => inTurn(claims, index)), ELSEWHERE);
    },
  },
  {
    what: 'a claim that nobody, or another service, has signed',
    refusal: letters(BOTH, 'SIGNATURE_MISSING', 'SIGNER_WRONG'),
    forge: ({ policy, count, random }) => {
      const claim = policy.claim(HOME);
      const value = claim.value ?? Buffer.alloc(0);
      const others = SERVICES.filter((service) => service !== 'policy').map((service) => inTurn(seal({ local: 'decisions', partition: HOME, epoch: 'claim', firstSeq: 0, signer: signerOf(service, KEYS[service].key) }, [{ key: null, value }]), 0));
      return at(times(count, (index) => random.pick([without(claim, HEADERS.signature), inTurn(others, index)])));
    },
  },
  {
    what: 'a grant that another service has signed',
    refusal: letters(BOTH, 'SIGNER_WRONG'),
    forge: (workshop) => at(SERVICES.filter((service) => service !== 'policy').flatMap((service) => signedBy({ ...workshop, count: workshop.count / 5 }, KEYS[service]))),
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
  { what: 'a grant under another ordering key than its own, signed as such', refusal: letters(BOTH, 'EVENT_MISPLACED'), forge: ({ policy, grants, count, random }) => at(policy.next(HOME, times(count, (index) => ({ ...unsigned(inTurn(grants, index)), key: random.pick([null, Buffer.from('globex/desk'), Buffer.from(`${String(KEY)} `)]) })))) },
];
