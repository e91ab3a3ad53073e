import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contractFor, filesOfConfiguration, type AgentContract, type ControlState, type Pinned } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import { TESTS_FOLDER } from '@countersign/tools';
import { whoCan } from '../access/who-can.js';
import type { CommandContext } from '../command-context.js';
import type { Ledger } from '../ledger/ledger-client.js';
import { readCases } from '../policy/cases/read-cases.js';
import { runCases } from '../policy/cases/run-cases.js';
import { bookInForce, withPolicy } from '../policy/rule-book.js';
import { viewOf } from '../terminal/view.js';
import { incidentFacts } from './incident-facts.js';
import { LAST_RUNS, type CaseFacts, type Facts } from './readiness.js';
import type { Replays } from './replays.js';
import { runFacts } from './run-facts.js';

/** Requests to the ledger at a time. */
const AT_ONCE = 5;

/** The workflow that a person means: alone where one tenant has it, else as `tenant/workflow`. Throws `NOT_FOUND` and `USAGE`. */
export const contractMeant = (controls: ControlState, typed: string): { readonly tenant: string; readonly contract: Pinned<AgentContract> } => {
  const all = (controls.active?.contracts ?? []).flatMap(({ document }) => document.tenants.map((tenant) => ({ tenant, workflow: document.workflow, name: `${tenant}/${document.workflow}` })));
  const [found, other] = all.filter(({ workflow, name }) => workflow === typed || name === typed);
  const contract = found && contractFor(controls, found.tenant, found.workflow);
  if (!found || !contract) throw new CountersignError('NOT_FOUND', `no workflow \`${typed}\` is in force`, { hint: `in force are ${all.map(({ name }) => name).join(', ') || 'none'}` });
  if (other) throw new CountersignError('USAGE', `several tenants have \`${typed}\``, { hint: `name one: ${all.filter(({ workflow }) => workflow === typed).map(({ name }) => name).join(', ')}` });
  return { tenant: found.tenant, contract };
};

const inTurns = async <Given, Got>(given: readonly Given[], work: (each: Given) => Promise<Got>): Promise<readonly Got[]> => {
  const got: Got[] = [];
  for (let from = 0; from < given.length; from += AT_ONCE) got.push(...(await Promise.all(given.slice(from, from + AT_ONCE).map(work))));
  return got;
};

/** The cases of a folder that are about a workflow, decided under what is in force. Throws `CONFIG_INVALID` where they cannot be read. */
const caseFacts = ({ cwd }: Pick<CommandContext, 'cwd'>, dir: string, workflow: string, controls: ControlState): CaseFacts | undefined => {
  const folder = resolve(cwd, dir);
  if (!existsSync(join(folder, TESTS_FOLDER))) return undefined;
  const { cases, faults } = readCases(folder);
  const book = bookInForce(controls);
  const about = cases.filter(({ case: each }) => each.workflow === undefined || each.workflow === workflow);
  const ran = withPolicy(book.set, (policy) => runCases(about, book, policy));
  const [fault] = [...faults, ...ran.faults];
  if (fault) throw new CountersignError('CONFIG_INVALID', `the cases in \`${dir}/${TESTS_FOLDER}\` are not as they must be: ${fault.path} ${fault.message}`, { hint: '`countersign policy test` names every fault' });
  return { folder: `${dir}/${TESTS_FOLDER}`, ran: ran.results.length, differing: ran.results.filter(({ differs }) => differs.length > 0).map(({ name }) => name) };
};

export interface Asked {
  readonly workflow: string;
  readonly config: string;
  readonly incidents: string;
  readonly roles: readonly string[];
}

/** Everything that the checklist is computed from: what is in force, what the ledger has, and the cases of a folder. */
export const gather = async (context: CommandContext, ledger: Ledger, controls: ControlState, replays: Replays, { workflow: typed, config, incidents: incidentsDir, roles }: Asked): Promise<Facts> => {
  const { tenant, contract } = contractMeant(controls, typed);
  const { active } = controls;
  if (!active) throw new CountersignError('CONFIG_UNAVAILABLE', 'no configuration is in force');
  const { workflow, tools } = contract.document;
  const of = { tenant, workflow };
  const names = [...tools.read, ...tools.write];
  const files = filesOfConfiguration(active);
  const newest = await ledger.runs({ ...of, state: 'closed', limit: String(LAST_RUNS) });
  const runs = await inTurns(newest.runs, ({ id }) => runFacts(ledger, id));
  const used = await inTurns(names, async (tool) => ({ tool, run: (await ledger.runs({ ...of, tool, limit: '1' })).runs[0]?.id }));
  const cases = caseFacts(context, config, workflow, controls);
  const incidents = incidentFacts(context, incidentsDir, of, controls);
  return {
    tenant,
    contract,
    controls,
    access: names.flatMap((tool) => whoCan(tool, files).filter((each) => each.contract === contract.id)),
    runs: runs.flatMap((run) => (run ? [run] : [])),
    used: new Map(used.flatMap(({ tool, run }) => (run === undefined ? [] : [[tool, run] as const]))),
    ...(cases && { cases }),
    ...(incidents && { incidents }),
    replays: await replays.of(newest.runs.map(({ id }) => id)),
    signOffs: (await ledger.signOffs(of)).signOffs,
    roles,
    command: viewOf(context).command,
  };
};
