import { CountersignError } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { filesOf, readControlLog, type Manifest } from '../controls/control-log.js';
import { viewOf } from '../terminal/view.js';
import type { ApplyOptions } from './apply.js';
import { planChange } from './change-plan.js';
import { putInForce } from './put-in-force.js';

/** The manifest that a person wants back; the newest one that differs from what is in force unless a version is named. */
export const targetOf = (manifests: readonly Manifest[], version: string | undefined, hint: string): Manifest => {
  const active = manifests.at(-1);
  if (!active) throw new CountersignError('CONFIG_UNAVAILABLE', 'no configuration is in force', { hint });
  if (version === undefined) {
    const before = manifests.findLast(({ hash }) => hash !== active.hash);
    if (!before) throw new CountersignError('NOT_FOUND', `there is no version before ${active.version}`, { hint });
    return before;
  }
  const target = manifests.find((manifest) => String(manifest.version) === version.replace(/^v/, ''));
  if (!target) throw new CountersignError('NOT_FOUND', `there is no version \`${version}\``, { hint });
  return target;
};

export const rollbackConfig: Action<ApplyOptions> = async (context, { args: [version], options }) => {
  const person = readPerson(context);
  const root = readRoot(context);
  return withKafka(context, async (kafka) => {
    const log = await readControlLog(kafka.broker, kafka.namespace, root);
    const target = targetOf(log.manifests, version, `\`${viewOf(context).command('config show')}\` shows what there is`);
    const plan = planChange(filesOf(log.manifests.at(-1), log.published), filesOf(target, log.published), log.published);
    return putInForce(context, kafka, { person, root, log, plan, yes: options.yes === true, question: `put version ${target.version} in force again?` });
  });
};
