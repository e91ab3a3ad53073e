import { microUsdFromDecimal, type MicroUsd } from '@countersign/kernel';
import type { DocumentFault } from '@countersign/domain';

/** An amount as people write it; 0 and a fault where it is none. */
export const readUsd = (amount: number | string, pointer: string, faults: DocumentFault[]): MicroUsd => {
  try {
    return microUsdFromDecimal(amount);
  } catch {
    faults.push({ pointer, message: 'is no amount in USD with at most six decimals' });
    return 0 as MicroUsd;
  }
};
