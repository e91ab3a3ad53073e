import { beforeAll, describe, expect, it } from 'vitest';
import type { LogRecord, NewRecord } from '@countersign/bus';
import { HEADERS, type Service, type Topic } from '@countersign/contracts';
import { readStackState } from '@countersign/stack';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import { signedAs } from '../support/forge.ts';
import type { TopicView } from '../support/topics.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

interface Place {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
}

/** Whoever has a service's Kafka password can write to its topic. Nobody acts on what they write. */
describe.skipIf(stackMissing !== undefined)(`a forged record${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let home: number;
  let charge: string;
  /** A grant that was given and used: half of the charge is still there to be taken. */
  let grant: LogRecord;
  let letters: ReadonlyMap<Service, TopicView>;
  let alarms: TopicView;

  beforeAll(async () => {
    acme = await Upstream.open(stack);
    home = stack.partitionOf('acme', 'desk');
    alarms = await stack.view('ledger');
    letters = new Map(await Promise.all((['planner', 'approvals', 'executor', 'policy', 'ledger'] as const).map(async (service) => [service, await stack.deadLetters(service)] as const)));
    charge = await stack.payments.charge(1_000);
    const decisions = await stack.view('decisions');
    const task = deskTask({ id: 'forgery-model', charge, cents: 10 });
    await acme.carryOut(task);
    grant = (await decisions.untilRecord('the grant', ({ event }) => event?.type === 'countersign.action.allowed' && event.run === acme.runOf(task))).record;
  });

  const copy = (changes: Partial<NewRecord> = {}): NewRecord => ({ key: grant.key, value: grant.value, headers: grant.headers, ...changes });
  const without = (name: string): Readonly<Record<string, Buffer>> => Object.fromEntries(Object.entries(grant.headers).filter(([header]) => header !== name));
  /** The grant for nine times as much, under a new one-use id. */
  const larger = (): Buffer => Buffer.from(String(grant.value).replaceAll('"amount_cents":10,', '"amount_cents":90,').replace(/"jti":"[^"]{4}/, '"jti":"evil'));
  /** Writes with the password of the service to whom the topic belongs. */
  const write = async (principal: Service, topic: Topic, partition: number, record: NewRecord): Promise<Place> => ({
    topic,
    partition,
    offset: await stack.kafka(principal).append({ topic: stack.topic(topic), partition }, [record]),
  });
  const codeAt = async (service: Service, { topic, partition, offset }: Place): Promise<string> => {
    const view = letters.get(service);
    if (!view) throw new Error(`nobody looks at the dead letters of ${service}`);
    const { record } = await view.untilRecord(`the dead letter of ${topic}/${partition}/${offset} from ${service}`, ({ record: { headers } }) =>
      ['cs-topic', 'cs-partition', 'cs-offset'].map((name) => String(headers[name])).join('/') === `${topic}/${partition}/${offset}`,
    );
    return String(record.headers['cs-code']);
  };
  /** What the ledger counts: an alarm on the log, and a row in the read model. */
  const counted = async ({ topic, partition, offset }: Place): Promise<readonly string[]> => {
    const alarm = await alarms.until('countersign.ledger.alarm', ({ data }) => data['topic'] === topic && data['partition'] === partition && data['offset'] === offset);
    const row = await eventually('the rejected record in the read model', async () => {
      const [found] = await stack.readModel<{ readonly code: string }>('SELECT code FROM rejected_records WHERE topic = $1 AND partition = $2 AND "offset" = $3', [topic, partition, offset]);
      return found;
    });
    return [String(alarm.data['code']), row.code];
  };

  interface Forgery {
    readonly what: string;
    readonly code: string;
    readonly make: () => Promise<Place>;
    readonly reader: Service;
  }

  const resigned = (service: Service, place: { readonly topic: Topic; readonly partition: number; readonly epoch: number }, record: { readonly key: Buffer; readonly value: Buffer }): NewRecord => {
    const [signed] = signedAs(stack, service, { topic: stack.topic(place.topic), partition: place.partition, epoch: place.epoch, firstSeq: 10_000 }, [record]);
    if (!signed) throw new Error('nothing was signed');
    return signed;
  };
  const epoch = (): number => Number(String(grant.headers[HEADERS.epoch]));
  const key = (): Buffer => grant.key ?? Buffer.alloc(0);
  const elsewhere = (): number => (home + 1) % stack.partitions;

  const forgeries: readonly Forgery[] = [
    { what: 'unsigned', code: 'SIGNATURE_MISSING', reader: 'executor', make: () => write('policy', 'decisions', home, copy({ value: larger(), headers: without(HEADERS.signature) })) },
    { what: 'signed by another service', code: 'SIGNER_WRONG', reader: 'executor', make: () => write('policy', 'decisions', home, resigned('planner', { topic: 'decisions', partition: home, epoch: epoch() }, { key: key(), value: larger() })) },
    { what: 'altered', code: 'SIGNATURE_INVALID', reader: 'executor', make: () => write('policy', 'decisions', home, copy({ value: larger() })) },
    { what: 'given another epoch', code: 'SIGNATURE_INVALID', reader: 'executor', make: () => write('policy', 'decisions', home, copy({ headers: { ...grant.headers, [HEADERS.epoch]: Buffer.from(String(epoch() + 1)) } })) },
    { what: 'moved to another partition', code: 'SIGNATURE_INVALID', reader: 'executor', make: () => write('policy', 'decisions', elsewhere(), copy()) },
    { what: 'moved to another key', code: 'SIGNATURE_INVALID', reader: 'executor', make: () => write('policy', 'decisions', home, copy({ key: Buffer.from('globex/desk') })) },
    { what: 'moved to another topic', code: 'SIGNER_WRONG', reader: 'planner', make: () => write('executor', 'executions', home, copy()) },
  ];

  it.each(forgeries)('$what is never acted on: a dead letter with code $code, and an alarm', async ({ code, make, reader }) => {
    const place = await make();
    expect(await codeAt(reader, place)).toBe(code);
    expect(await counted(place)).toEqual([code, code]);
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it('which policy’s own key signed under a key that is not the event’s lies in the wrong place', async () => {
    const partition = elsewhere();
    const all = await (await stack.view('decisions', { from: 'start' })).all();
    const claim = all.findLast(({ record }) => record.partition === partition && String(record.headers[HEADERS.epoch]) === 'claim');
    const record = resigned('policy', { topic: 'decisions', partition, epoch: Number(claim?.record.offset) }, { key: key(), value: larger() });
    const place = await write('policy', 'decisions', partition, record);
    // Its number leaves a gap behind it, which is noticed before the place is.
    expect(['EVENT_MISPLACED', 'SEQUENCE_BROKEN']).toContain(await codeAt('executor', place));
    expect((await counted(place))[0]).toMatch(/^(EVENT_MISPLACED|SEQUENCE_BROKEN)$/);
  });

  /** Policy is killed and started again: it claims its partitions, and the epoch of the grant is over. */
  const endEpoch = async (): Promise<void> => {
    const decisions = await stack.view('decisions');
    const part = readStackState(stack.dataDir)?.parts['policy'];
    if (part?.state !== 'ready') throw new Error('policy does not run');
    process.kill(part.pid, 'SIGKILL');
    await decisions.untilRecord('the next claim', ({ record }) => record.partition === home && String(record.headers[HEADERS.epoch]) === 'claim');
  };

  it('of an epoch that is over, and a copy of what was there before, are passed over: no dead letter, and an alarm', async () => {
    const copied = await write('policy', 'decisions', home, copy());
    await endEpoch();
    const stale = resigned('policy', { topic: 'decisions', partition: home, epoch: epoch() }, { key: key(), value: larger() });
    const places = [copied, await write('policy', 'decisions', home, stale), await write('policy', 'decisions', home, copy())];
    await acme.carryOut(deskTask({ id: 'forgery-behind', charge: await stack.payments.charge(100) }));
    for (const [service, view] of letters) {
      const named = (await view.all()).map(({ record: { headers } }) => `${String(headers['cs-topic'])}/${String(headers['cs-partition'])}/${String(headers['cs-offset'])}`);
      expect({ service, named: places.filter(({ topic, partition, offset }) => named.includes(`${topic}/${partition}/${offset}`)) }).toEqual({ service, named: [] });
    }
    const offsets = places.map(({ offset }) => offset);
    await eventually('the read model behind the copies', async () => {
      const [row] = await stack.readModel<{ readonly next_offset: string }>("SELECT next_offset FROM positions WHERE topic = 'decisions' AND partition = $1", [home]);
      return Number(row?.next_offset) > Math.max(...offsets) ? true : undefined;
    });
    const told = await alarms.events('countersign.ledger.alarm', ({ data }) => data['topic'] === 'decisions' && data['partition'] === home);
    expect(new Set(told.filter(({ data }) => offsets.includes(Number(data['offset']))).map(({ data }) => data['code']))).toEqual(new Set(['EVENT_REPEATED', 'EPOCH_STALE']));
    expect(await stack.readModel('SELECT 1 FROM events WHERE topic = $1 AND partition = $2 AND "offset" = ANY($3)', ['decisions', home, offsets])).toEqual([]);
  });

  it('has moved no money at the end of all this', async () => {
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 10 }]);
  });
});
