import { Kafka, logLevel, type Consumer, type EachBatchPayload, type Message, type Producer } from 'kafkajs';
import { connect } from 'node:net';
import { RELAY_GROUP, type RelayAnswer, type RelayOrder, type RelaySettings } from './relay-protocol.js';
import { readRelayValue, relayValue } from './relay-record.js';

/** As long as the services wait. */
const COMMIT_DELAY_MS = 100;
const SESSION_TIMEOUT_MS = 30_000;

/** The raw relay: kafkajs and nothing else. What it reads of a run makes it write what follows, of the same size, into the same topics. */
class Relay {
  private readonly positions = new Map<string, { topic: string; partition: number; offset: string }>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly settings: RelaySettings,
    private readonly consumer: Consumer,
    private readonly producer: Producer,
  ) {}

  /** Resolves when it is a member of its group and reads. */
  static async start(settings: RelaySettings): Promise<Relay> {
    const kafka = new Kafka({
      brokers: [...settings.brokers],
      clientId: RELAY_GROUP,
      sasl: { mechanism: 'scram-sha-512', ...settings.sasl },
      logLevel: logLevel.ERROR,
      // Without it each produce waits for the acknowledgement of the one before.
      socketFactory: ({ host, port, onConnect }) => connect({ host, port }, onConnect).setNoDelay(true).setKeepAlive(true),
    });
    const consumer = kafka.consumer({ groupId: RELAY_GROUP, sessionTimeout: SESSION_TIMEOUT_MS, maxWaitTimeInMs: settings.maxWaitMs, minBytes: 1 });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await Promise.all([consumer.connect(), producer.connect()]);
    await consumer.subscribe({ topics: settings.hops.map(({ topic }) => topic).filter((topic) => topic !== settings.output), fromBeginning: true });
    const relay = new Relay(settings, consumer, producer);
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: settings.concurrency, eachBatch: (batch) => relay.take(batch) });
    await joined;
    return relay;
  }

  async stop(): Promise<void> {
    await this.commit();
    await this.consumer.disconnect();
    await this.producer.disconnect();
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const byTopic = new Map<string, Message[]>();
    for (const { value } of batch.messages) {
      if (!value) continue;
      const { run, hop } = readRelayValue(value);
      for (const next of this.settings.next[hop] ?? []) {
        const following = this.settings.hops[next];
        if (!following) continue;
        const message = { value: relayValue(run, next, following.bytes), partition: batch.partition };
        if (!byTopic.get(following.topic)?.push(message)) byTopic.set(following.topic, [message]);
      }
    }
    if (byTopic.size > 0) await this.producer.sendBatch({ acks: -1, topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })) });
    const last = batch.lastOffset();
    payload.resolveOffset(last);
    this.positions.set(`${batch.topic}/${batch.partition}`, { topic: batch.topic, partition: batch.partition, offset: String(BigInt(last) + 1n) });
    this.timer ??= setTimeout(() => void this.commit(), COMMIT_DELAY_MS);
  }

  private async commit(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const positions = [...this.positions.values()];
    this.positions.clear();
    if (positions.length > 0) await this.consumer.commitOffsets(positions);
  }
}

const answer = (text: RelayAnswer): void => void process.send?.(text);

/** Told by its parent when to read and when to be quiet: it stays warm, and costs nothing while the other side is measured. */
let settings: RelaySettings | undefined;
let relay: Relay | undefined;

const obey = async (order: RelayOrder): Promise<void> => {
  if (!settings) throw new Error('the relay was told to work before it was told what to do');
  if (order === 'start') relay = await Relay.start(settings);
  else await relay?.stop();
  answer(order === 'start' ? 'started' : 'stopped');
};

process.on('message', (told: RelaySettings | RelayOrder) => {
  if (typeof told === 'object') {
    settings = told;
    return;
  }
  obey(told).catch((fault: unknown) => {
    console.error(fault);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
answer('ready');
