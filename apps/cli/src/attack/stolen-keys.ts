import { SERVICES, type Service } from '@countersign/contracts';
import type { ForgedEvents } from './forged-events.js';
import type { Stage } from './stage.js';
import { byAccessRule, through, type Attack } from './verdict.js';

/** Whose password comes with a key here, on whose topic, and who reads that: never the key's own service. */
const BESIDE: Readonly<Record<Service, { readonly principal: Service; readonly local: string; readonly reader: Service }>> = {
  gateway: { principal: 'planner', local: 'proposals', reader: 'policy' },
  planner: { principal: 'policy', local: 'decisions', reader: 'executor' },
  policy: { principal: 'approvals', local: 'approvals', reader: 'policy' },
  approvals: { principal: 'policy', local: 'decisions', reader: 'executor' },
  executor: { principal: 'policy', local: 'decisions', reader: 'planner' },
  slack: { principal: 'approvals', local: 'approvals', reader: 'policy' },
  ledger: { principal: 'executor', local: 'executions', reader: 'policy' },
  webhooks: { principal: 'approvals', local: 'approvals', reader: 'policy' },
};

/** What each service's signing key is good for without that service's password. */
export const stolenKeys = (stage: Stage, forged: ForgedEvents): readonly Attack[] =>
  SERVICES.flatMap((service): readonly Attack[] => [
    {
      stolen: `key of ${service}`,
      tries: 'log in to Kafka with no password',
      run: async () => ((await stage.refusal(() => stage.as(service, 'a guess').offsets({ topic: stage.topic('controls'), partition: 0 }))) === undefined ? through('the login') : byAccessRule('the login was refused')),
    },
    {
      stolen: `key of ${service}, password of ${BESIDE[service].principal}`,
      tries: 'sign what the other one writes',
      run: async () => {
        const { principal, local, reader } = BESIDE[service];
        const target = { topic: stage.topic(local), partition: forged.partition };
        const [sealed] = stage.seal(stage.loot.key(service), { ...target, epoch: 0, firstSeq: 0 }, [local === 'decisions' ? forged.grant(forged.action()) : forged.plain()]);
        return sealed ? stage.letter(reader, await stage.append(principal, target, sealed)) : through('nothing was signed');
      },
    },
  ]);
