import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, CountersignError, dottedPart, isJsonObject, isSealed, millis, readableOf, timestamp, type Instant, type Json, type RunId } from '@countersign/kernel';
import { newRecipient, type Disclosed, type Recipient } from '@countersign/privacy';
import type { Action, CommandContext } from '../../command-context.js';
import { withKafka } from '../../connection/kafka.js';
import { EXIT } from '../../exit-codes.js';
import { findRun } from '../../runs/find-run.js';
import { loggedOf } from '../../runs/logged.js';
import { exitCodeOfTask, taskObject, taskText, type TaskOutcome } from '../../task/task-text.js';
import { durationOption } from '../../terminal/option-values.js';
import { requireYes } from '../../terminal/require-yes.js';
import { oneLine } from '../../terminal/safe-text.js';
import { shortId } from '../../terminal/short.js';
import { table } from '../../terminal/table.js';
import { viewOf } from '../../terminal/view.js';
import { openLedger, type Ledger } from '../ledger-client.js';
import { ask } from './ask.js';

export interface OpenOptions {
  readonly reason: string;
  readonly for: string;
  readonly yes?: boolean;
}

/** As many as one request takes, see the tool contract. */
const MOST = 30;
const POLL = millis(1_000);

/** A sealed value, and the first place of the run that it stands at. */
interface Place {
  readonly sealed: string;
  readonly at: string;
}

const placesIn = (value: Json, at: string): readonly Place[] => {
  if (isSealed(value)) return [{ sealed: value, at }];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item, index) => placesIn(item, `${at}[${index}]`));
  return isJsonObject(value) ? Object.entries(value).flatMap(([name, inner]) => placesIn(inner, `${at}.${dottedPart(name)}`)) : [];
};

const sealedOf = async (ledger: Ledger, run: string): Promise<readonly Place[]> => {
  const found = new Map<string, Place>();
  for (const { event } of loggedOf((await ledger.events(run)).events)) {
    for (const place of placesIn(event.data as unknown as Json, event.type.replace('countersign.', ''))) if (!found.has(place.sealed)) found.set(place.sealed, place);
  }
  return [...found.values()];
};

/** Events of a run that was asked for just now: the ledger may not have read of it yet. */
const newestOf = async (ledger: Pick<Ledger, 'events'>, run: RunId): ReturnType<Ledger['events']> => {
  try {
    return await ledger.events(run);
  } catch (fault) {
    if (codeOf(fault) === 'NOT_FOUND') return { events: [] };
    throw fault;
  }
};

/** What the executor wrote once two people had agreed; `undefined` while it has not. The private key lives as long as this waits. */
export const disclosureOf = async (ledger: Pick<Ledger, 'events'>, run: RunId): Promise<string | undefined> =>
  loggedOf((await newestOf(ledger, run)).events).flatMap(({ event }) => {
    const disclosed = event.type === 'countersign.action.succeeded' ? event.data.result?.['disclosed'] : undefined;
    return typeof disclosed === 'string' ? [disclosed] : [];
  })[0];

const waitFor = async (context: CommandContext, ledger: Ledger, run: RunId, until: Instant): Promise<string | undefined> => {
  while (context.clock.now() < until && !context.signal.aborted) {
    const disclosed = await disclosureOf(ledger, run);
    if (disclosed !== undefined) return disclosed;
    const { outcome } = await ledger.run(run).catch(() => ({ outcome: undefined }));
    if (outcome !== undefined && outcome !== null) return disclosureOf(ledger, run);
    await sleep(POLL, undefined, { signal: context.signal }).catch(() => undefined);
  }
  return undefined;
};

const shown = (each: Disclosed | undefined): Json => (each === undefined ? null : 'value' in each ? each.value : `(${each.code})`);

const show = async (context: CommandContext, outcome: TaskOutcome, places: readonly Place[], recipient: Recipient, disclosed: string): Promise<void> => {
  const values = await recipient.open(disclosed);
  const view = viewOf(context);
  context.terminal.result(
    () => table(['where', 'value'], places.map(({ at }, index) => [oneLine(at), oneLine(JSON.stringify(readableOf(shown(values[index]))))]), view.width),
    () => ({ ...taskObject(outcome), values: places.map(({ at }, index) => ({ at, ...values[index] })) }),
  );
};

/** Break glass: asks to see what is sealed of a run, waits until two others have agreed, and shows it once. */
export const openSealed: Action<OpenOptions> = async (context, { args: [typed = ''], options }) => {
  const time = durationOption('--for', options.for);
  const view = viewOf(context);
  const ledger = openLedger(context);
  const found = await findRun(ledger, typed, view);
  const places = await sealedOf(ledger, found.id);
  if (places.length === 0) throw new CountersignError('NOT_FOUND', `nothing of run ${shortId(found.id)} is sealed`);
  if (places.length > MOST) throw new CountersignError('USAGE', `${places.length} values of run ${shortId(found.id)} are sealed, and one request takes ${MOST}`);
  const { terminal } = context;
  if (!terminal.json) terminal.message(`${view.colors.bold(`${places.length} sealed values of ${shortId(found.id)}`)} (${oneLine(found.task ?? '?')}) would be shown here, for ${options.for} at most: ${oneLine(options.reason)}`);
  if (!(await requireYes(context, options.yes === true, 'ask for exactly this?'))) return EXIT.error;
  const recipient = await newRecipient();
  const until = (context.clock.now() + time) as Instant;
  return withKafka(context, async (kafka) => {
    const outcome = await ask(context, kafka, found.tenant, 'open', { sealed: places.map(({ sealed }) => sealed), recipient: recipient.key, until: timestamp(until), reason: options.reason }, time);
    if (outcome.state.kind === 'pending') terminal.message(taskText(outcome, false, view));
    else if (outcome.state.kind !== 'finished' || outcome.state.outcome !== 'succeeded') {
      terminal.result(
        () => taskText(outcome, true, view),
        () => taskObject(outcome),
      );
      return exitCodeOfTask(outcome.state);
    }
    terminal.progress('waiting for others to agree; what is shown can be read here only, and only while this runs');
    const disclosed = await waitFor(context, ledger, outcome.run, until);
    terminal.progress('');
    if (disclosed === undefined) throw new CountersignError('TIMED_OUT', 'nothing was shown: nobody agreed in time, or somebody disagreed', { hint: `\`${view.command(`why ${shortId(outcome.run)}`)}\` says which` });
    await show(context, outcome, places, recipient, disclosed);
    return EXIT.ok;
  });
};
