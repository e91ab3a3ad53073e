import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeOf, CountersignError, operandOf, type Sha256 } from '@countersign/kernel';
import type { Documents, Pinned } from '@countersign/domain';
import { readDocument } from '@countersign/tools';
import type { Action, CommandContext } from '../command-context.js';
import { openLedger, type Ledger } from '../ledger/ledger-client.js';
import type { ArchiveOptions } from '../ledger/archive-settings.js';
import { loggedOf, type Logged } from '../runs/logged.js';
import { operand, shortId } from '../terminal/short.js';
import { unknownName } from '../terminal/unknown-name.js';
import { viewOf } from '../terminal/view.js';
import { sentOf } from './answers.js';
import { incidentOf } from './build-incident.js';
import { findIncident } from './find-incident.js';
import { incidentText, type ProofsMade } from './incident-text.js';
import { eventsNamed, type IncidentStep, type Line } from './incident.js';
import { StepLog } from './step-log.js';

export interface IncidentOptions extends ArchiveOptions {
  readonly proofs?: string;
  readonly archive?: string;
}

/** A file that a run was pinned to; nothing where the ledger has it not, or no longer can read it. */
const pinnedFile = async <Kind extends 'tool' | 'contract'>(ledger: Pick<Ledger, 'configFile'>, kind: Kind, hash: string | undefined): Promise<Pinned<Documents[Kind]> | undefined> => {
  if (hash === undefined) return undefined;
  try {
    const { id, version, body } = await ledger.configFile(kind, hash);
    const reading = readDocument(kind, body);
    // A tool is known by its name, and its file by another.
    return 'faults' in reading ? undefined : { id: kind === 'tool' ? (reading.document as Documents['tool']).id : id, version, hash: hash as Sha256, document: reading.document };
  } catch (fault) {
    if (codeOf(fault) === 'NOT_FOUND') return undefined;
    throw fault;
  }
};

/** Steps of a run that were proposed or refused, in their order. */
const stepsIn = (log: readonly Logged[]): readonly string[] => [...new Set(log.flatMap(({ event }) => (event.step !== undefined && (event.type === 'countersign.action.proposed' || event.type === 'countersign.proposal.rejected') ? [event.step] : [])))];

/** Whether the outside was asked to change something. */
const hasActed = (log: readonly Logged[], step: string): boolean => {
  const of = log.filter(({ event }) => event.step === step).map(({ event }) => event);
  return of.some(({ type }) => type === 'countersign.attempt.started') && of.some((event) => event.type === 'countersign.action.proposed' && event.data.effect === 'write');
};

const foldersFor = ({ cwd }: Pick<CommandContext, 'cwd'>, given: string): string => {
  const folder = resolve(cwd, given);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new CountersignError('USAGE', `\`${given}\` is there and not empty`, { hint: 'name a new folder' });
  return folder;
};

/** The incident questions about a run, or about one action: each line with the events that say so, and with their proofs where asked. */
export const tellIncident: Action<IncidentOptions> = async (context, { args: [typed = ''], options }) => {
  const { terminal } = context;
  const ledger = openLedger(context);
  const view = viewOf(context);
  const folder = options.proofs === undefined ? undefined : foldersFor(context, options.proofs);
  const { run, step: named } = await findIncident(ledger, typed, view);
  const [{ undoings, contract: pinned }, { events }] = await Promise.all([ledger.run(run.id), ledger.events(run.id)]);
  const log = loggedOf(events);
  const all = stepsIn(log);
  if (named !== undefined && !all.includes(named)) throw unknownName('step', named, all);
  const told = named === undefined ? all.filter((step) => hasActed(log, step)) : [named];
  const contract = await pinnedFile(ledger, 'contract', pinned?.hash);
  const files = new Map<string, Pinned<Documents['tool']> | undefined>();
  const logOf = async (step: string): Promise<StepLog> => {
    const hash = log.flatMap(({ event }) => (event.type === 'countersign.action.proposed' && event.step === step ? [event.data.action.toolContractHash] : [])).at(-1);
    if (hash !== undefined && !files.has(hash)) files.set(hash, await pinnedFile(ledger, 'tool', hash));
    return new StepLog(log, step, files.get(hash ?? ''), contract, undoings);
  };
  const steps: IncidentStep[] = [];
  for (const step of told) steps.push(incidentOf(await logOf(step), shortId(run.id), view.now));
  const others: Line[] = [];
  for (const step of named === undefined ? all.filter((each) => !told.includes(each)) : []) others.push(sentOf(await logOf(step)));
  const ids = new Set(eventsNamed(steps, others));
  const logged = log.filter(({ event }) => ids.has(event.id));
  let proofs: ProofsMade | undefined;
  if (folder !== undefined) {
    const { writeProofs } = await import('./write-proofs.js');
    proofs = await writeProofs(context, folder, logged, options.archive, options);
  }
  const report = { run: run.id, steps, others, events: Object.fromEntries(logged.map(({ log: name, offset, event }) => [event.id, `${name}/${offset}`])), ...(proofs && { proofs }) };
  if (proofs) writeFileSync(join(proofs.folder, 'incident.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  terminal.result(
    () => incidentText(run, steps, others, log, proofs, view),
    () => report,
  );
  if (proofs && proofs.notAnchored.length > 0) terminal.message(`\n${proofs.notAnchored.length} of ${proofs.notAnchored.length + proofs.proven.length} events are not anchored yet: try again in a minute, with another folder`);
  const [first] = proofs?.proven ?? [];
  if (proofs && first !== undefined) terminal.message(`${view.colors.cyan('next')}: ${view.command(`ledger verify ${operandOf(join(options.proofs ?? '', first))}`)}`);
  if (!proofs && logged.length > 0) terminal.message(`${view.colors.cyan('next')}: ${view.command(`incident ${operandOf(typed)} --proofs FOLDER`)}`);
  if (named === undefined && told.length === 0 && all.length > 0) terminal.message(`${view.colors.cyan('next')}: ${view.command(`incident ${operand(run.id)}/${all.at(-1) ?? ''}`)}`);
};
