import { CountersignError } from '@countersign/kernel';
import type { Root } from '@countersign/identity';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import type { SigningPerson } from '../connection/person.js';
import { readControlLog, type ControlLog } from '../controls/control-log.js';
import { publishControls, requireRole } from '../controls/publish-controls.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { requireYes } from '../terminal/require-yes.js';
import { viewOf } from '../terminal/view.js';
import { isEmpty, type ChangePlan } from './change-plan.js';
import { configControls } from './config-controls.js';
import { planObject, planText } from './plan-text.js';
import { possibleObject, possibleText, possibleWith } from './possible.js';
import { tellStanding } from './standing.js';

interface Change {
  readonly person: SigningPerson;
  readonly root: Root;
  readonly log: ControlLog;
  readonly plan: ChangePlan;
  readonly yes: boolean;
  readonly question: string;
}

/** Shows a change, asks, signs it, publishes it, and says whether it is in force or waits for others to sign. */
export const putInForce = async (context: CommandContext, { broker, namespace }: Kafka, change: Change): Promise<ExitCode> => {
  const { person, root, log, plan } = change;
  const { terminal, clock } = context;
  const view = viewOf(context);
  const before = log.manifests.at(-1);
  if (isEmpty(plan) && before) {
    terminal.result(
      () => planText(plan, view),
      () => ({ applied: false, version: before.version, hash: before.hash, ...planObject(plan), possible: [] }),
    );
    return EXIT.ok;
  }
  const version = (before?.version ?? 0) + 1;
  const controls = configControls(plan.unpublished, plan.files, version);
  const manifest = controls.at(-1);
  if (manifest?.type !== 'countersign.config.activated') throw new CountersignError('INTERNAL', 'a change ends with its manifest');
  requireRole(
    root,
    person,
    controls.map(({ type }) => type),
  );
  const possible = possibleWith(log, plan.files);
  if (!terminal.json) terminal.message(`${planText(plan, view)}\n${possibleText(possible, view)}`);
  if (!(await requireYes(context, change.yes, change.question))) return EXIT.error;

  await publishControls(broker, namespace, person, controls, clock.now());
  const after = await readControlLog(broker, namespace, root);
  return tellStanding(context, { root, after, version, hash: manifest.data.hash, previous: before?.version }, { ...planObject(plan), ...possibleObject(possible) });
};
