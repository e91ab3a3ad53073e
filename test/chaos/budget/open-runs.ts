import { topicName } from '@countersign/contracts';
import { KAFKA_ADMIN } from '@countersign/stack';
import type { ChaosStack } from '../stack.ts';

/** Runs that policy knows, by its own log: those that are open, and the most that were at one moment. */
export interface OpenRuns {
  readonly open: number;
  readonly most: number;
}

/** Reads what policy wrote from its first record to its last. What a killed member wrote twice is one. */
export const readOpenRuns = async (stack: ChaosStack): Promise<OpenRuns> => {
  const broker = stack.kafka(KAFKA_ADMIN);
  const [opened, closed] = [new Set<string>(), new Set<string>()];
  let most = 0;
  try {
    // All runs are of one workflow, and so in one partition.
    for (let partition = 0; partition < stack.partitions; partition += 1) {
      const target = { topic: topicName(stack.namespace, 'decisions'), partition };
      const { start, end } = await broker.offsets(target);
      await broker.read(target, start, end, (records) => {
        for (const { value } of records) {
          const { type, run } = JSON.parse(String(value)) as { readonly type: string; readonly run?: string };
          if (type === 'countersign.context.opened') opened.add(String(run));
          if (type === 'countersign.context.closed') closed.add(String(run));
          most = Math.max(most, opened.size - closed.size);
        }
      });
    }
  } finally {
    await broker.close();
  }
  return { open: opened.size - closed.size, most };
};
