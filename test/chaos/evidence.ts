import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, TOPICS, FLOW, topicName, deadLetterTopic, localName } from '@countersign/contracts';
import type { KafkaBroker, TopicPartition } from '@countersign/bus';
import { KAFKA_ADMIN } from '@countersign/stack';
import { LogJudge } from './judge/log-judge.ts';
import { publicKeyOf, type Keys } from './judge/signature.ts';
import { TENANT, type ChaosStack } from './stack.ts';

/** Nothing was written for as long: all is over. Longer than a budget takes to be settled, shorter than people wait. */
const QUIET_MS = 3_000;
const LOOK_MS = 500;
/** A broker that is being started again is not quiet. */
const QUIET_DEADLINE_MS = 120_000;

interface Control {
  readonly type: string;
  readonly data: { readonly service: string; readonly key: string; readonly publicKey: string };
}

const keysOf = async (broker: KafkaBroker, namespace: string): Promise<Keys> => {
  const target = { topic: topicName(namespace, 'controls'), partition: 0 };
  const keys = new Map<string, { readonly service: string; readonly publicKey: ReturnType<typeof publicKeyOf> }>();
  await broker.read(target, 0, (await broker.offsets(target)).end, (records) => {
    for (const { value } of records) {
      const { type, data } = JSON.parse(String(value)) as Control;
      if (type === 'countersign.key.announced') keys.set(data.key, { service: data.service, publicKey: publicKeyOf(data.publicKey) });
    }
  });
  return keys;
};

const targetsOf = ({ namespace, partitions }: ChaosStack): TopicPartition[] => {
  const log = TOPICS.map((topic) => topicName(namespace, topic, FLOW[topic].perTenant ? TENANT : undefined));
  const letters = SERVICES.map((service) => deadLetterTopic(namespace, service));
  const all = log.filter((topic) => topic !== topicName(namespace, 'controls') && topic !== topicName(namespace, 'anchor')).flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  return [{ topic: topicName(namespace, 'controls'), partition: 0 }, ...all, ...letters.map((topic) => ({ topic, partition: 0 }))];
};

const endsOf = (broker: KafkaBroker, targets: readonly TopicPartition[]): Promise<number[]> => Promise.all(targets.map(async (target) => (await broker.offsets(target)).end));

/** Waits until nobody writes any more. */
export const untilQuiet = async (stack: ChaosStack): Promise<void> => {
  const broker = stack.kafka(KAFKA_ADMIN);
  const targets = targetsOf(stack).filter(({ topic }) => !topic.includes('.dlq.'));
  const deadline = performance.now() + QUIET_DEADLINE_MS;
  try {
    let last = '';
    for (let quiet = 0; quiet < QUIET_MS && performance.now() < deadline; quiet += LOOK_MS) {
      await sleep(LOOK_MS);
      const now = JSON.stringify(await endsOf(broker, targets).catch(() => performance.now()));
      if (now !== last) quiet = 0;
      last = now;
    }
  } finally {
    await broker.close();
  }
};

/** Reads every topic raw, from its first record to its last. */
export const readLog = async (stack: ChaosStack): Promise<LogJudge> => {
  const broker = stack.kafka(KAFKA_ADMIN);
  try {
    const judge = new LogJudge(await keysOf(broker, stack.namespace), stack.namespace);
    for (const target of targetsOf(stack)) {
      const { start, end } = await broker.offsets(target);
      await broker.read(target, start, end, (records) => {
        for (const record of records) judge.take({ ...record, topic: localName(stack.namespace, record.topic) });
      });
    }
    judge.finish();
    return judge;
  } finally {
    await broker.close();
  }
};
