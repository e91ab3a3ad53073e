import { aclsOf, topicsOfNamespace, upstreamUser } from '@countersign/bus/client';
import { CLOUDEVENTS_JSON, HEADERS, SERVICES, type Service } from '@countersign/contracts';
import { seconds } from '@countersign/kernel';
import type { ForgedEvents } from './forged-events.js';
import type { Plain, Stage } from './stage.js';
import { byAccessRule, through, type Attack, type Verdict } from './verdict.js';

/** Whose topic a service's is, and who reads it and makes a dead letter of what it cannot take. The web hooks' service writes none. */
const OWN: Readonly<Record<Exclude<Service, 'webhooks'>, { readonly local: string; readonly reader: Service }>> = {
  gateway: { local: 'tasks', reader: 'planner' },
  planner: { local: 'proposals', reader: 'policy' },
  policy: { local: 'decisions', reader: 'executor' },
  approvals: { local: 'approvals', reader: 'policy' },
  executor: { local: 'executions', reader: 'policy' },
  slack: { local: 'cards', reader: 'slack' },
  ledger: { local: 'ledger', reader: 'ledger' },
};

const unsigned = ({ key, value }: Plain) => ({ key, value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON } });

/** What each login of Kafka is good for without any key. */
export const stolenPasswords = (stage: Stage, forged: ForgedEvents): readonly Attack[] => {
  const { namespace, partitions, tenants } = stage.loot;
  const topics = topicsOfNamespace({ namespace, partitions, tenants }).map(({ topic }) => topic);
  const acls = aclsOf(namespace, tenants);
  const lacks = (principal: string, operation: 'read' | 'write'): readonly string[] => topics.filter((topic) => !acls.some((acl) => acl.principal === principal && acl.resource === 'topic' && acl.name === topic && acl.operation === operation));

  const refusedOn = async (names: readonly string[], what: string, act: (name: string) => Promise<unknown>): Promise<Verdict> => {
    const refusals = await Promise.all(names.map(async (name) => ({ name, code: await stage.refusal(() => act(name)) })));
    const open = refusals.filter(({ code }) => code === undefined).map(({ name }) => name);
    return open.length === 0 ? byAccessRule(`refused on ${names.length} ${what}`) : through(open.join(', '));
  };
  const write = (principal: string) => (topic: string) => stage.as(principal).append({ topic, partition: 0 }, [unsigned(forged.plain())]);
  const read = (principal: string) => (topic: string) => stage.as(principal).read({ topic, partition: 0 }, 0, 1, () => undefined);
  const join = (principal: string) => async (group: string): Promise<void> => {
    const topic = topics.find((name) => !lacks(principal, 'read').includes(name)) ?? '';
    const member = await stage.as(principal).join({ group, topics: [topic], sessionTimeout: seconds(10), onAssigned: () => undefined, onRecords: () => undefined, onCrash: () => undefined });
    await member.leave();
  };
  const common = (principal: string): readonly Attack[] => {
    const stolen = `password of ${principal}`;
    const groups = [...SERVICES, ...tenants.map(upstreamUser)].filter((name) => name !== principal).map((name) => `${namespace}.${name}`);
    return [
      { stolen, tries: 'write to the topics of others', run: () => refusedOn(lacks(principal, 'write'), 'topics', write(principal)) },
      { stolen, tries: 'read what is for others', run: () => refusedOn(lacks(principal, 'read'), 'topics', read(principal)) },
      { stolen, tries: 'join the groups of others', run: () => refusedOn(groups, 'groups', join(principal)) },
    ];
  };
  const unsignedOn = async (principal: string, local: string, reader: Service, record: Plain, partition = forged.partition): Promise<Verdict> => stage.letter(reader, await stage.append(principal, { topic: stage.topic(local), partition }, unsigned(record)));
  const ofService = (service: keyof typeof OWN): readonly Attack[] => [
    ...common(service),
    {
      stolen: `password of ${service}`,
      tries: 'write to its own topic, unsigned',
      run: async () => {
        const { local, reader } = OWN[service];
        if (service !== 'ledger' && service !== 'slack') return unsignedOn(service, local, reader, forged.plain());
        // No service that runs everywhere reads what these write: people do.
        const place = await stage.append(service, { topic: stage.topic(local), partition: forged.partition }, unsigned(forged.plain()));
        const code = await stage.judged(place);
        return code === 'SIGNATURE_MISSING' ? { refused: true, layer: 'signature', evidence: `\`tail\` shows ${local}/${place.partition}/${place.offset} as ${code}` } : through(`${local}/${place.partition}/${place.offset}`);
      },
    },
  ];
  return [
    ...SERVICES.flatMap((service) => (service === 'webhooks' ? common(service) : ofService(service))),
    ...common('operator'),
    { stolen: 'password of operator', tries: 'put a policy in force that nobody has signed', run: () => unsignedOn('operator', 'controls', 'policy', forged.control(), 0) },
    { stolen: 'password of operator', tries: 'vote without the key of a person', run: () => unsignedOn('operator', 'ballots', 'approvals', forged.ballot(forged.action())) },
    ...tenants.map(upstreamUser).flatMap(common),
  ];
};
