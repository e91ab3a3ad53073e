import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { orderingKey, partitionOf } from '@countersign/contracts';
import { WORKSPACE_ROOT } from '@countersign/stack';
import { TENANT } from './stack.ts';

/** Workflows on each partition: two, so that runs of different workflows share a partition and its writer. */
const PER_PARTITION = 2;

/** Names of workflows that fill every partition evenly: a single one would leave three of four idle. */
export const workflowsFor = (partitions: number): string[] => {
  const room = new Map(Array.from({ length: partitions }, (_, partition) => [partition, PER_PARTITION]));
  const found: string[] = [];
  for (let number = 0; found.length < partitions * PER_PARTITION; number += 1) {
    const workflow = `lane-${number}`;
    const partition = partitionOf(orderingKey(TENANT, workflow), partitions);
    const left = room.get(partition) ?? 0;
    if (left === 0) continue;
    room.set(partition, left - 1);
    found.push(workflow);
  }
  return found;
};

/** Faults come so close that three calls of one refund could fail, and a refund that is given up asks for another outcome. */
const REFUND_ATTEMPTS = 5;

/** The example configuration of the refund desk, once for each workflow, with patience. Gives the folder. */
export const writeConfiguration = (folder: string, workflows: readonly string[]): string => {
  const example = join(WORKSPACE_ROOT, 'config');
  cpSync(example, folder, { recursive: true, filter: (source) => !source.includes(join(example, 'contracts/')) });
  const refund = join(folder, 'tools/payments.refund.yaml');
  writeFileSync(refund, readFileSync(refund, 'utf8').replace(/^attempts: .*$/m, `attempts: ${REFUND_ATTEMPTS}`));
  mkdirSync(join(folder, 'contracts'), { recursive: true });
  const contract = readFileSync(join(example, 'contracts/refund-desk.yaml'), 'utf8');
  for (const workflow of workflows) {
    const text = contract.replace(/^id: .*$/m, `id: ${workflow}`).replace(/^workflow: .*$/m, `workflow: ${workflow}`).replace(/^accepts: .*$/m, `accepts: [refund.${workflow}, export.${workflow}]`);
    writeFileSync(join(folder, 'contracts', `${workflow}.yaml`), text);
  }
  return folder;
};
