import type { Tenant } from '@countersign/kernel';
import type { ForgedEvents } from './forged-events.js';
import type { Place, Plain, Stage } from './stage.js';
import { byAccessRule, through, type Attack, type Verdict } from './verdict.js';

/** What a planner can do that is not ours any more: it has its password and its key. And what of policy's grants the executor refuses, were policy not ours. */
export const hijacked = (stage: Stage, forged: ForgedEvents): readonly Attack[] => {
  const { partition } = forged;
  const on = (local: string) => ({ topic: stage.topic(local), partition });
  const propose = (record: Plain): Promise<Place> => stage.hijack('planner', on('proposals'), record);
  const denied = async (record: Plain): Promise<Verdict> => {
    const place = await propose(record);
    const event = await stage.answer(on('decisions'), place);
    if (event?.type !== 'countersign.action.denied') return through(event ? `${event.type} ${event.id}` : `policy said nothing about proposals/${place.partition}/${place.offset}`);
    return { refused: true, layer: 'policy', evidence: `event ${event.id} (${event.data.reasons[0]?.code ?? 'no reason'})` };
  };
  const refused = async (record: Plain): Promise<Verdict> => {
    const place = await stage.hijack('policy', on('decisions'), record);
    const event = await stage.answer(on('executions'), place);
    if (event?.type !== 'countersign.grant.refused') return through(event ? `${event.type} ${event.id}` : `the executor said nothing about decisions/${place.partition}/${place.offset}`);
    return { refused: true, layer: 'executor', evidence: `event ${event.id} (${event.data.code})` };
  };
  const barred = async (local: string, record: Plain): Promise<Verdict> =>
    (await stage.refusal(() => stage.as('planner').append(on(local), [{ ...record, headers: {} }]))) === undefined ? through(`${local} took it`) : byAccessRule(`refused on ${local}`);
  const cents = (amount: number) => ({ ...forged.action().args, amount_cents: amount });
  const planner = 'planner, whole';
  const policy = 'policy, whole';
  return [
    { stolen: planner, tries: 'propose what its contract does not list', run: () => denied(forged.proposal(forged.action({ tool: 'attack.everything' }))) },
    { stolen: planner, tries: 'alter arguments under a hash that was seen', run: () => { const action = forged.action(); return denied(forged.proposal(Object.assign({}, action, { args: cents(9_999_900) }), action)); } },
    { stolen: planner, tries: 'act for another tenant', run: () => denied(forged.proposal(forged.action({ tenant: (stage.loot.tenants[1] ?? 'another') as Tenant }))) },
    { stolen: planner, tries: 'send what a tool does not take', run: () => denied(forged.proposal(forged.action({ args: { attack: true } }))) },
    { stolen: planner, tries: 'forge the approval of a person', run: async () => stage.letter('ledger', await propose(forged.approval(forged.action()))) },
    { stolen: planner, tries: 'forge a grant among its proposals', run: async () => stage.letter('ledger', await propose(forged.grant(forged.action()))) },
    { stolen: planner, tries: 'write a grant where policy speaks', run: () => barred('decisions', forged.grant(forged.action())) },
    { stolen: planner, tries: 'write an approval where approvals speaks', run: () => barred('approvals', forged.approval(forged.action())) },
    { stolen: policy, tries: 'grant what was altered after it was hashed', run: () => { const action = forged.action(); return refused(forged.grant(Object.assign({}, action, { args: cents(9_999_900) }), { hashed: action })); } },
    { stolen: policy, tries: 'grant on an approval without votes', run: () => refused(forged.grant(forged.action(), { rests: true })) },
    { stolen: policy, tries: 'grant an action of another tenant', run: () => refused(forged.grant(forged.action({ tenant: (stage.loot.tenants[1] ?? 'another') as Tenant }))) },
  ];
};
