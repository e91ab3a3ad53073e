import { approverOf, authorsFor, newestKeyOf, type AgentContract } from '@countersign/domain';
import { agentPrincipal } from '@countersign/identity';
import { formatUsd, type Principal } from '@countersign/kernel';
import { CORE_SERVICES } from '@countersign/contracts';
import { who } from '../terminal/short.js';
import { LAST_RUNS, subjectOf, type CaseFacts, type Facts, type Row } from './readiness.js';

type Said = Pick<Row, 'evidence'> & { readonly events?: readonly string[]; /** Why it is unmet, as what to do. */ readonly next?: string | undefined };

const row = (id: string, claim: string, { evidence, events = [], next }: Said): Row => ({ id, claim, met: next === undefined, evidence, events, ...(next !== undefined && { next }) });

const count = (many: number, one: string): string => `${many} ${one}${many === 1 ? '' : 's'}`;

/** What follows a change of files. */
const inForce = (command: Facts['command']): string => `and put that in force: \`${command('config apply')}\``;

const ownIdentity = ({ tenant, contract, runs, command }: Facts): Row => {
  const { workflow } = contract.document;
  const own = agentPrincipal(tenant, workflow, contract.id);
  const strange = runs.filter(({ agent }) => agent !== own);
  return row('own-identity', 'the agent has an identity of its own', {
    evidence: [own, `${count(runs.length - strange.length, 'run')} of the last ${runs.length} acted as it`],
    events: strange.map(({ closed }) => closed),
    next: runs.length === 0 ? `hand a task in, no run has shown its identity: \`${command('task submit FILE --wait')}\`` : strange[0] ? `find out who acted: \`${command(`incident ${strange[0].id}`)}\`` : undefined,
  });
};

/** Names that come up more than once under the same value. */
const shared = (named: readonly (readonly [name: string, value: string])[]): readonly string[] =>
  [...Map.groupBy(named, ([, value]) => value).values()].flatMap((group) => {
    const names = [...new Set(group.map(([name]) => name))];
    return names.length > 1 ? [names.join(' and ')] : [];
  });

const toolsOf = ({ tools }: AgentContract): readonly string[] => [...tools.read, ...tools.write];

/** Connections of its tools that tools of other agents use too, without a credential of each grant's own. */
const sharedConnections = ({ contract, controls }: Facts): readonly string[] => {
  const tools = controls.active?.tools ?? new Map();
  const connections = (names: readonly string[]): readonly string[] => names.flatMap((name) => {
    const document = tools.get(name)?.document;
    return document && document.credential !== 'token-exchange' ? [document.connection] : [];
  });
  const own = new Set(connections(toolsOf(contract.document)));
  return (controls.active?.contracts ?? []).flatMap((other) => (other.hash === contract.hash ? [] : [...new Set(connections(toolsOf(other.document)))].filter((connection) => own.has(connection)).map((connection) => `connection ${connection} with ${other.id}`)));
};

const noSharedKeys = (facts: Facts): Row => {
  const { controls } = facts;
  const services = CORE_SERVICES.flatMap((service) => {
    const key = newestKeyOf(controls, service);
    return key ? [[service, key.publicKey] as const] : [];
  });
  const people = (controls.active?.approvers?.document.people ?? []).map(({ subject, publicKey }) => [who(subject), publicKey] as const);
  const found = [...shared([...services, ...people]), ...sharedConnections(facts)];
  return row('no-shared-keys', 'no keys are shared', {
    evidence: [`${count(services.length, 'service')} and ${count(people.length, 'person').replace('persons', 'people')}, each with a key`, ...found.map((names) => `shared: ${names}`)],
    next: services.length < CORE_SERVICES.length ? `announce a key for ${CORE_SERVICES.filter((service) => !services.some(([name]) => name === service)).join(', ')}` : found.length > 0 ? 'give each a key or a credential of its own' : undefined,
  });
};

const leastPrivilege = ({ contract, used, command }: Facts): Row => {
  const tools = toolsOf(contract.document);
  const unused = tools.filter((tool) => !used.has(tool));
  return row('least-privilege', 'it may call nothing that it does not use', {
    evidence: [`${tools.length - unused.length} of ${count(tools.length, 'tool')} of the contract were proposed by some run`, ...(unused.length > 0 ? [`never: ${unused.join(', ')}`] : [])],
    next: unused.length > 0 ? `take ${unused.join(', ')} out of the contract, ${inForce(command)}; or let a run show that it is needed` : undefined,
  });
};

/** It asks of runs that are tainted twice, and says nothing of a single write. */
const OF_RUNS_ALONE = 'provenance.rule-of-two';

const writesGated = ({ command,  contract, access }: Facts): Row => {
  const writes = contract.document.tools.write.map((tool) => ({ tool, rules: access.filter((each) => each.tool === tool).flatMap(({ rules }) => rules) }));
  const open = writes.filter(({ rules }) => rules.every(({ rule }) => rule === OF_RUNS_ALONE));
  return row('writes-gated', 'every write meets a rule', {
    evidence: writes.map(({ tool, rules }) => `${tool}: ${rules.map(({ rule, gate, always }) => `${rule} ${gate === 'denied' ? 'denies' : 'asks'}${always ? ' always' : ''}`).join(', ') || 'nothing stands before it'}`),
    next: open.length > 0 ? `write a rule on ${open.map(({ tool }) => tool).join(', ')}, ${inForce(command)}` : undefined,
  });
};

const budgets = ({ contract, command }: Facts): Row => {
  const { run, day, month } = contract.document.budgets;
  const lacks = [...(run.usd === undefined ? ['max_total_cost_usd'] : []), ...(run.toolCalls === undefined ? ['max_tool_calls'] : [])];
  const limits = ({ usd, toolCalls, writes }: typeof day): string => [usd !== undefined && `$${formatUsd(usd)}`, toolCalls !== undefined && count(toolCalls, 'call'), writes !== undefined && count(writes, 'write')].filter(Boolean).join(', ') || 'no limit';
  return row('budgets', 'budgets are set', {
    evidence: [`a run: ${limits(run)}, ${count(run.steps, 'step')}`, `a day: ${limits(day)}; a month: ${limits(month)}`],
    next: lacks.length > 0 ? `set ${lacks.join(' and ')} in the contract, ${inForce(command)}` : undefined,
  });
};

const traces = ({ runs, command }: Facts): Row => {
  const broken = runs.filter(({ incomplete }) => incomplete !== undefined);
  return row('traces', `the last ${LAST_RUNS} runs are whole`, {
    evidence: [`${runs.length - broken.length} of ${count(runs.length, 'closed run')}: the events that are there are those that the end of the run names, with all that they rest on`, ...broken.slice(0, 3).map(({ incomplete = '' }) => incomplete)],
    events: broken.map(({ closed }) => closed),
    next: runs.length < LAST_RUNS ? `${LAST_RUNS - runs.length} more runs have to end: \`${command('task submit FILE --wait')}\`` : broken.length > 0 ? `\`${command('ledger verify')}\` says what is missing` : undefined,
  });
};

const replays = ({ replays: report, command }: Facts): Row =>
  row('replays', `the last ${LAST_RUNS} runs replay`, {
    evidence: [report.kind === 'not-run' ? `not run: ${report.why}` : `${report.runs - report.differing.length} of ${count(report.runs, 'run')} came out as they had`],
    next: report.kind === 'not-run' ? `replay them: \`${command(`replay exact --last ${LAST_RUNS}`)}\`` : report.runs < LAST_RUNS ? `${LAST_RUNS - report.runs} more runs have to be in the archive: \`${command('task submit FILE --wait')}\`` : report.differing.length > 0 ? `find out why they came out otherwise: \`${command(`replay exact ${report.differing.slice(0, 3).join(' ')}`)}\`` : undefined,
  });

const decidedAgain = ({ folder, ran, differing }: CaseFacts, one: string): readonly string[] => [`${ran - differing.length} of ${count(ran, one)} in ${folder}`, ...differing.slice(0, 3).map((name) => `differs: ${name}`)];

const regressions = ({ cases, incidents, contract, command }: Facts): Row => {
  const next = !cases || cases.ran === 0 ? `name a folder with cases of this workflow, or write some: \`${command(`readiness ${contract.document.workflow} --config DIR`)}\`` : cases.differing.length > 0 ? `\`${command('policy test')}\` shows what each says now` : undefined;
  return row('regressions', 'policy cases and past incidents are decided as they have to be', {
    evidence: [...(cases ? decidedAgain(cases, 'case') : ['there is no folder of cases here']), ...(incidents ? decidedAgain(incidents, 'incident') : [])],
    next: next ?? (incidents && incidents.differing.length > 0 ? `mend the rules, ${inForce(command)}: what happened then would happen again` : undefined),
  });
};

const fallback = ({ contract, controls, command }: Facts): Row => {
  const { owner, escalation, fallbacks } = contract.document;
  const people = controls.active?.approvers?.document.people ?? [];
  const asked = escalation ? [escalation.role, ...(escalation.escalateTo ?? [])] : [];
  const empty = asked.filter((role) => !people.some(({ roles }) => roles.includes(role)));
  return row('fallback', 'an owner and a fallback are named', {
    evidence: [`owner: ${owner}`, `over budget: ${fallbacks.onBudgetExceeded}; too many errors: ${fallbacks.onToolErrorRateGt === undefined ? 'no limit' : `${fallbacks.action} above ${fallbacks.onToolErrorRateGt}`}`, ...(escalation ? [`what it cannot settle goes to ${asked.join(', then ')}`] : [])],
    next: !escalation ? `name a role in \`escalation\` of the contract, ${inForce(command)}` : empty.length > 0 ? `put somebody of ${empty.join(' and ')} into the directory of approvers, ${inForce(command)}` : undefined,
  });
};

/** Why a signature does not count now; nothing where it does. */
const signatureFault = ({ tenant, contract, controls }: Facts, subject: string, signed: Facts['signOffs'][number]): string | undefined => {
  const person = signed.person as Principal;
  if (signed.subject !== subject) return 'was for another state';
  if (!approverOf(controls, person)?.roles.includes(signed.role)) return `has not the role ${signed.role}`;
  return authorsFor(controls, tenant, contract.document.workflow).includes(person) ? 'put the contract in force' : undefined;
};

const signedOff = (facts: Facts, subject: string, role: string): Row => {
  const { controls, signOffs, command } = facts;
  const { workflow } = facts.contract.document;
  const people = controls.active?.approvers?.document.people ?? [];
  const of = signOffs.filter((signed) => signed.role === role).map((signed) => ({ signed, fault: signatureFault(facts, subject, signed) }));
  const good = of.filter(({ fault }) => fault === undefined);
  const authors = authorsFor(controls, facts.tenant, workflow);
  const holders = people.filter(({ subject: person, roles }) => roles.includes(role) && !authors.includes(person)).map((person) => who(person.subject));
  const roles = [...new Set(people.flatMap((each) => each.roles))].toSorted();
  const other = roles.length === 0 || roles.includes(role) ? '' : `nobody has that role, there are ${roles.join(', ')}: \`${command(`readiness ${workflow} --require ROLE`)}\`; or `;
  const shown = good.length > 0 ? good : of.slice(0, 1);
  return row(`signed-${role}`, `${role} has signed off`, {
    evidence: shown.map(({ signed, fault }) => `${who(signed.person)} ${fault ?? `signed for this state at ${signed.at}`}`),
    events: shown.map(({ signed }) => signed.id),
    next: good.length > 0 ? undefined : holders.length > 0 ? `${holders.join(' or ')}: \`${command(`readiness ${workflow} --sign ${role} --reason TEXT`)}\`` : `${other}put somebody of ${role}, who did not put the contract in force, into the directory of approvers, ${inForce(command)}`,
  });
};

/** The checklist without signatures: what they are of. */
export const checklist = (facts: Facts): readonly Row[] => [ownIdentity, noSharedKeys, leastPrivilege, writesGated, budgets, traces, replays, regressions, fallback].map((read) => read(facts));

/** The checklist, and who has signed exactly that. */
export const rowsOf = (facts: Facts): { readonly rows: readonly Row[]; readonly subject: string } => {
  const rows = checklist(facts);
  const subject = subjectOf(facts, rows);
  return { rows: [...rows, ...facts.roles.map((role) => signedOff(facts, subject, role))], subject };
};
