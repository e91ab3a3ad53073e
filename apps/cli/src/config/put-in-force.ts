import { CountersignError } from '@countersign/kernel';
import type { Root } from '@countersign/identity';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import type { SigningPerson } from '../connection/person.js';
import { readControlLog, type ControlLog } from '../controls/control-log.js';
import { publishControls, requireRole } from '../controls/publish-controls.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { requireYes } from '../terminal/require-yes.js';
import { shortHash } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { isEmpty, type ChangePlan } from './change-plan.js';
import { configControls } from './config-controls.js';
import { planObject, planText } from './plan-text.js';

interface Change {
  readonly person: SigningPerson;
  readonly root: Root;
  readonly log: ControlLog;
  readonly plan: ChangePlan;
  readonly yes: boolean;
  readonly question: string;
}

/** Shows a change, asks, signs it, publishes it, and makes sure that it is in force. */
export const putInForce = async (context: CommandContext, { broker, namespace }: Kafka, change: Change): Promise<ExitCode> => {
  const { person, root, log, plan } = change;
  const { terminal, clock } = context;
  const view = viewOf(context);
  const before = log.manifests.at(-1);
  const outcome = (applied: boolean, version: number, hash: string | undefined): object => ({ applied, version, ...(hash === undefined ? {} : { hash }), ...planObject(plan) });
  if (isEmpty(plan) && before) {
    terminal.result(
      () => planText(plan, view),
      () => outcome(false, before.version, before.hash),
    );
    return EXIT.ok;
  }
  const version = (before?.version ?? 0) + 1;
  const controls = configControls(plan.unpublished, plan.files, version);
  requireRole(
    root,
    person,
    controls.map(({ type }) => type),
  );
  if (!terminal.json) terminal.message(planText(plan, view));
  if (!(await requireYes(context, change.yes, change.question))) return EXIT.error;

  await publishControls(broker, namespace, person, controls, clock.now());
  const after = await readControlLog(broker, namespace, root);
  const inForce = after.manifests.at(-1);
  const manifest = controls.at(-1);
  if (manifest?.type !== 'countersign.config.activated' || inForce?.hash !== manifest.data.hash || inForce.version !== version) {
    const why = after.refused.at(-1)?.message ?? 'somebody else changed the configuration at the same time';
    throw new CountersignError('CONFIG_INVALID', `version ${version} was published and is not in force: ${why}`, { hint: `\`${view.command('config show')}\` shows what is` });
  }
  terminal.result(
    () => `${view.colors.green('in force')}: version ${version}, ${shortHash(inForce.hash)}, ${inForce.files.length} files`,
    () => outcome(true, version, inForce.hash),
  );
  if (before) terminal.message(view.colors.dim(`back with \`${view.command(`config rollback ${before.version}`)}\``));
  return EXIT.ok;
};
