import type { Event, EventType } from '@countersign/contracts';
import { humanPrincipal } from '@countersign/identity';
import { sealedText, type JsonObject, type StepId, type Tenant } from '@countersign/kernel';
import type { ForgedEvents } from './forged-events.js';
import { CUSTOMER, ROWS, type OwnRun } from './own-run.js';
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
    { stolen: planner, tries: 'act in a run that no task opened', run: () => denied(forged.proposal(forged.action())) },
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

/** What such a planner can try in a run that a task has opened and that waits for people. Each is refused with the code that stands in the evidence. */
export const hijackedInRun = (stage: Stage, own: OwnRun): readonly Attack[] => {
  const { forged, run } = own;
  const on = (local: string) => ({ topic: stage.topic(local), partition: forged.partition });
  const call = (step: string, tool: string, args: JsonObject) => forged.action({ run, step: step as StepId, tool, args });
  const said = async (record: Plain): Promise<Said> => {
    await own.waiting();
    const place = await stage.hijack('planner', on('proposals'), record);
    return { place, event: await stage.answer(on('decisions'), place) };
  };
  const answered = async (record: Plain): Promise<Verdict> => verdictOf(await said(record));
  const foreign = (step: string) => forged.proposal(call(step, 'crm.export', { rows: ROWS }), undefined, humanPrincipal('admin'));
  /** Policy goes through proposals in their order: when it has answered what came after, it has passed over what it never answers. */
  const passedOver = async (): Promise<Verdict> => {
    const { data } = await own.waiting();
    const place = await stage.hijack('planner', on('proposals'), forged.proposal(data.action));
    const after = await answered(foreign('after'));
    const event = await stage.answer(on('decisions'), place, 0);
    if (event) return through(`${event.type} ${event.id}`);
    return after.refused ? { ...after, evidence: `nothing is decided twice; what came after it is ${after.evidence}` } : after;
  };
  /** Lets the customer of the task be looked up, as any planner may, and waits until that has ended: a write is put off until then. */
  const look = async (step: string): Promise<Said> => {
    const answer = await said(forged.proposal(call(step, 'crm.customer.get', { customer_id: CUSTOMER })));
    const { event } = answer;
    if (event?.type === 'countersign.action.allowed') await stage.seen(on('decisions'), ({ type, data }) => type === 'countersign.budget.settled' && data.jti === event.data.jti);
    return answer;
  };
  /** Where a receipt goes is sealed. Whoever has no keys can make up what looks so: nobody can tell what it says before it is opened. */
  const looksSealed = (): string => sealedText(`${Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: 'A'.repeat(22), tenant: forged.action().tenant, run, class: 'personal', commitment: 'A'.repeat(43) })).toString('base64url')}..AA.AA.AA`);
  const leaked = async (): Promise<Verdict> => {
    await look('look');
    const read = await stage.seen(on('decisions'), (event) => event.run === run && event.type === 'countersign.context.observed' && event.data.sensitive, 0);
    return read ? answered(forged.proposal(call('leak', 'receipts.send', { charge_id: own.task, to: looksSealed() }))) : through(`nobody knows: customer \`${CUSTOMER}\` could not be read, for which the examples have to run`);
  };
  /** Goes on for as long as policy answers alike, and what it says then is the verdict. */
  const untilRefused = async (ask: (turn: number) => Promise<Said>, goesOn: EventType): Promise<Verdict> => {
    for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
      const answer = await ask(turn);
      if (answer.event?.type !== goesOn) return verdictOf(answer);
    }
    return through(`policy has answered alike ${MOST_TURNS} times`);
  };
  const stolen = 'planner, whole, in an open run';
  return [
    { stolen, tries: 'act for somebody else', run: () => answered(foreign('foreign')) },
    { stolen, tries: 'write a step once more', run: passedOver },
    { stolen, tries: 'refund a charge that the task does not name', run: () => answered(forged.proposal(call('charge', 'payments.refund', { charge_id: 'ch_attack', amount_cents: 1, reason: 'an attack' }))) },
    { stolen, tries: 'raise an amount above what anybody gets', run: () => answered(forged.proposal(call('bulk', 'crm.export', { rows: 999_999 }))) },
    { stolen, tries: 'raise an amount above what the task says', run: () => answered(forged.proposal(call('more', 'crm.export', { rows: ROWS + 1 }))) },
    { stolen, tries: 'send to a place that nobody named', run: () => answered(forged.proposal(call('place', 'receipts.send', { charge_id: 'ch_attack', to: looksSealed() }))) },
    { stolen, tries: 'delete', run: () => answered(forged.proposal(call('delete', 'crm.customer.delete', { customer_id: own.task }))) },
    { stolen, tries: 'read personal data, then send', run: leaked },
    { stolen, tries: 'call the same again and again', run: () => untilRefused((turn) => look(`again-${turn}`), 'countersign.action.allowed') },
    { stolen, tries: 'ask people for one thing after another', run: () => untilRefused((turn) => said(forged.proposal(call(`flood-${turn}`, 'crm.export', { rows: ROWS + turn }))), 'countersign.approval.required') },
  ];
};

/** More than a run of the example has steps, and more calls than its contract takes for progress. */
const MOST_TURNS = 12;

/** What policy said to a proposal, if anything. */
interface Said {
  readonly place: Place;
  readonly event: Event | undefined;
}

const verdictOf = ({ place, event }: Said): Verdict => {
  const asks = event?.type === 'countersign.approval.required';
  if (!asks && event?.type !== 'countersign.action.denied') return through(event ? `${event.type} ${event.id}` : `policy said nothing about proposals/${place.partition}/${place.offset}`);
  return { refused: true, layer: asks ? 'policy, which asks a person' : 'policy', evidence: `event ${event.id} (${event.data.reasons.map(({ code }) => code).join(', ')})` };
};
