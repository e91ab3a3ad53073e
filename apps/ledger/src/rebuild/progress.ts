import { FLOW, inputsOf } from '@countersign/contracts';
import type { Position } from '@countersign/read-model';
import type { LedgerConfig } from '../ledger.config.js';

/** A topic partition of the log as it was when the rebuild began. */
export interface Extent {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly isDone: boolean;
}

/** How many offsets of the log the model has read. */
export const progressOf = (extents: readonly Extent[], positions: readonly Position[]): Progress => {
  const total = extents.reduce((sum, { start, end }) => sum + end - start, 0);
  const done = extents.reduce((sum, { topic, partition, start, end }) => {
    const found = positions.find((position) => position.topic === topic && position.partition === partition);
    return sum + Math.min(Math.max((found?.nextOffset ?? start) - start, 0), end - start);
  }, 0);
  return { done, total, isDone: done === total };
};

/** Every topic partition that the read model is made of, the topic without its namespace. */
export const projectedPlaces = ({ tenants, partitions }: Pick<LedgerConfig, 'tenants' | 'partitions'>): readonly { readonly topic: string; readonly partition: number }[] => {
  const topics = inputsOf('ledger').flatMap((topic) => (FLOW[topic].perTenant ? tenants.map((tenant) => `${topic}.${tenant}`) : [topic]));
  return [...topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))), { topic: 'controls', partition: 0 }];
};

/** What the command line shows; see `ledger rebuild` there. */
export const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export const tellProgress = ({ done, total }: Pick<Progress, 'done' | 'total'>): void => tell(`${done} of ${total} records read`);
