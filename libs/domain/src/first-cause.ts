import type { Cause } from '@countersign/contracts';

const FIRST = /^([^@\s]+)@([a-z0-9.-]+)\/(?:(\d{1,9})\/)?(\d{1,15})#([0-9a-f]{64})(?: |$)/;

/** The first entry of `causes`: the event that was handled. (`parseCauses` of contracts reads all; the domain takes types from there only.) */
export const firstCause = (causes: string): Cause | undefined => {
  const [, id, topic, partition, offset, sha256] = FIRST.exec(causes) ?? [];
  if (id === undefined || topic === undefined || offset === undefined || sha256 === undefined) return undefined;
  return { id, topic, offset: Number(offset), sha256, ...(partition !== undefined && { partition: Number(partition) }) };
};
