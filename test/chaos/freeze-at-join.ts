import { setTimeout as sleep } from 'node:timers/promises';
import { outputOf, topicName } from '@countersign/contracts';
import type { KafkaBroker, TopicPartition } from '@countersign/bus';
import { KAFKA_ADMIN, signalProcess } from '@countersign/stack';
import type { GroupWatch } from './group-watch.ts';
import type { Injection } from './schedule.ts';
import type { ChaosStack } from './stack.ts';

/**
 * How a freeze at a join came out. `hit`: the victim was stopped with a new generation of its group and without a single claim in it.
 * `partly`: with some of its claims; `late`: with all of them. `no-join`: the group did not change in time. `unclear`: the
 * broker could not be asked.
 */
export type JoinFreeze = 'hit' | 'partly' | 'late' | 'no-join' | 'unclear';

/** Whether the victim was stopped between its join and its last claim. */
export const hasHit = (outcome: JoinFreeze): boolean => outcome === 'hit' || outcome === 'partly';

type Wanted = Extract<Injection, { kind: 'freeze-at-join' }>;

export interface Frozen {
  readonly outcome: JoinFreeze;
  readonly what: string;
  /** Lets the victim go on. */
  readonly release: () => void;
}

/** The dead member's session has to run out, and a process to start on a machine that is busy with starting others. */
const JOIN_DEADLINE_MS = 60_000;
/** What the victim had sent before it was stopped is in the log by then. */
const SETTLE_MS = 250;
const REPLICAS = 2;

const endsOf = (broker: KafkaBroker, targets: readonly TopicPartition[]): Promise<number[]> => Promise.all(targets.map(async (target) => (await broker.offsets(target)).end));

/** In how many partitions an instance has claimed since the given offsets. */
const claimsSince = async (broker: KafkaBroker, targets: readonly TopicPartition[], from: readonly number[], instance: string): Promise<number> => {
  const ends = await endsOf(broker, targets);
  let partitions = 0;
  for (const [at, target] of targets.entries()) {
    let claimed = false;
    await broker.read(target, from[at] ?? 0, ends[at] ?? 0, (records) => {
      for (const { value, headers } of records) {
        if (String(headers['cs-epoch']) !== 'claim') continue;
        const { data } = JSON.parse(String(value)) as { readonly data: { readonly instance: string } };
        claimed ||= data.instance === instance;
      }
    });
    if (claimed) partitions += 1;
  }
  return partitions;
};

/**
 * Kills one replica of a service and stops one of the members of the next generation the moment the broker writes it down: that is
 * before the members hear of it. Which of them the schedule says.
 */
export const freezeAtJoin = async ({ service, killed: dead, victim, afterMs }: Wanted, stack: ChaosStack, groups: GroupWatch, kill: (part: string) => Promise<void>): Promise<Frozen> => {
  const topic = topicName(stack.namespace, outputOf(service));
  const targets = Array.from({ length: stack.partitions }, (_, partition) => ({ topic, partition }));
  const group = `${stack.namespace}.${service}`;
  const broker = stack.kafka(KAFKA_ADMIN);
  const killed = `${service}-${dead}`;
  const part = victim === 'newcomer' ? killed : `${service}-${dead === 1 ? 2 : 1}`;
  try {
    const before = await endsOf(broker, targets).catch(() => undefined);
    const known = groups.clientsOf(group);
    const { promise, resolve } = Promise.withResolvers<{ readonly instance: string; readonly frozen: boolean; readonly release: () => void } | undefined>();
    const stop = groups.listen(({ group: changed, clients }) => {
      if (changed !== group) return;
      const instance = clients.find((client) => client.startsWith(`${part}-`) && (victim === 'survivor' || !known.includes(client)));
      const target = stack.process(part);
      if (instance === undefined || !target) return;
      stop();
      const freeze = (): void => resolve({ instance, frozen: signalProcess(target, 'SIGSTOP'), release: () => void signalProcess(target, 'SIGCONT') });
      // Not even a timer of no length: the members hear of their assignment a millisecond from now.
      if (afterMs === 0) freeze();
      else setTimeout(freeze, afterMs);
    });
    await kill(killed);
    const found = await Promise.race([promise, sleep(JOIN_DEADLINE_MS, undefined, { ref: false })]);
    stop();
    const what = `freeze ${part} (${victim}) ${afterMs} ms after its join`;
    if (!found?.frozen) return { outcome: 'no-join', what, release: found?.release ?? ((): void => undefined) };
    await sleep(SETTLE_MS);
    const claimed = before && (await claimsSince(broker, targets, before, found.instance).catch(() => undefined));
    const outcome = claimed === undefined ? 'unclear' : claimed === 0 ? 'hit' : claimed * REPLICAS < stack.partitions ? 'partly' : 'late';
    return { outcome, what, release: found.release };
  } finally {
    await broker.close();
  }
};
