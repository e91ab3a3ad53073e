import type { Broker, LogRecord } from '@countersign/bus';

/** All records of a topic, partition by partition. */
export const readTopic = async (broker: Broker, topic: string, partitions: number): Promise<LogRecord[]> => {
  const found: LogRecord[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const { start, end } = await broker.offsets({ topic, partition });
    await broker.read({ topic, partition }, start, end, (records) => void found.push(...records));
  }
  return found;
};
