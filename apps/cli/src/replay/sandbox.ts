import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@countersign/bus/client';
import { CountersignError, formatDuration, millis, seconds } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { placesOf } from './copy-sources.js';

/** How often whoever waits is told for how long. */
const TICK = seconds(1);

/** Copies are put into empty topics: what is there already would be there twice. `made` are topics that were made just now. Throws `NAMESPACE_MISMATCH`. */
export const requireEmpty = async (broker: Pick<Broker, 'offsets'>, sandbox: Pick<Kafka, 'namespace' | 'partitions'>, tenants: readonly string[], made: readonly string[]): Promise<void> => {
  const there = placesOf(sandbox, tenants).filter(({ topic }) => !made.includes(topic));
  for (const place of there) {
    const { start, end } = await broker.offsets(place);
    if (end > start) throw new CountersignError('NAMESPACE_MISMATCH', `\`${place.topic}\` has records already`, { hint: `give another name, such as \`--ns ${sandbox.namespace}-2\`, or delete the topics \`${sandbox.namespace}.*\`` });
  }
};

const count = (value: number): string => value.toLocaleString('en');

export const waitText = (written: number, of: number, wait: number): string => `${count(written)} of ${count(of)} records written${wait < TICK ? '' : `, the next in ${formatDuration(millis(wait))}`}`;

/** Waits until a time of `performance.now`, and says for how long. */
export const waitUntil = async ({ terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>, due: number, { written, of }: { readonly written: number; readonly of: number }): Promise<void> => {
  for (let wait = due - performance.now(); wait > 0; wait = due - performance.now()) {
    terminal.progress(waitText(written, of, wait));
    await sleep(Math.min(wait, TICK), undefined, { signal });
  }
};
