import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatUsd, type Instant, type MicroUsd } from '@countersign/kernel';
import { writeConfiguration } from '../configuration.ts';

/** A whole hour of a day in minutes, and the middle of the day in hours. */
const HOUR_MS = 3_600_000;
const NOON = 12;

/** A time zone in which it is about noon: the day of the test does not end in the middle of it. The sign is POSIX's. */
export const zoneAtNoon = (now: Instant): string => {
  const ahead = NOON - (Math.floor(now / HOUR_MS) % 24);
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
};

const PLAYBOOK = `id: refund-only
version: 1
description: refunds without a look at the charge, so that every cost is one effect
steps:
  - id: refund
    tool: payments.refund
    args:
      charge_id: { task: /charge_id }
      amount_cents: { task: /amount_cents }
      reason: { task: /reason }
`;

/** The example configuration for one workflow, whose day may cost so much. Gives the folder. */
export const writeCapped = (folder: string, workflow: string, cap: MicroUsd, now: Instant): string => {
  writeConfiguration(folder, [workflow]);
  writeFileSync(join(folder, 'playbooks/refund-only.yaml'), PLAYBOOK);
  const path = join(folder, 'contracts', `${workflow}.yaml`);
  const contract = readFileSync(path, 'utf8').replace(/^playbook: .*$/m, 'playbook: refund-only').replace(/^budgets: .*\n/m, '');
  writeFileSync(path, `${contract}\nbudgets: { day: { usd: ${formatUsd(cap)} }, time_zone: ${zoneAtNoon(now)} }\n`);
  return folder;
};
