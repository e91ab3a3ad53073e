import { CountersignError } from '@countersign/kernel';
import type { LoadedConfig } from '@countersign/tools';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { readApprover, readPerson, type SigningPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { filesOf, readControlLog, type ControlLog } from '../controls/control-log.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { viewOf } from '../terminal/view.js';
import { isEmpty, planChange, type ChangePlan } from './change-plan.js';
import { DEFAULT_CONFIG_DIR, faultLines, loadFiles, reusedVersions, wantedFiles } from './load-files.js';
import { planObject, planText } from './plan-text.js';
import { possibleObject, possibleText, possibleWith } from './possible.js';
import { putInForce } from './put-in-force.js';

export interface ApplyOptions {
  readonly yes?: boolean;
}

const planOf = (loaded: LoadedConfig, log: ControlLog): ChangePlan => planChange(filesOf(log.manifests.at(-1), log.published), wantedFiles(loaded), log.published);

const refuseReused = (folder: string, loaded: LoadedConfig, plan: ChangePlan): void => {
  const faults = reusedVersions(loaded, plan.reused);
  if (faults.length === 0) return;
  throw new CountersignError('CONFIG_INVALID', `a version names one content for ever; what is in force stays\n${faultLines(folder, faults)}`, { hint: 'raise the version in the file' });
};

/** Who votes here is `local` in the directory. A person who only wants to see a diff need not have a key. */
const approverIfAny = (context: CommandContext): SigningPerson | undefined => {
  try {
    return readApprover(context);
  } catch {
    return undefined;
  }
};

export const diffConfig: Action = async (context, { args: [dir] }): Promise<ExitCode> => {
  const loaded = loadFiles(context, dir, approverIfAny(context));
  const root = readRoot(context);
  const log = await withKafka(context, ({ broker, namespace }) => readControlLog(broker, namespace, root));
  const plan = planOf(loaded, log);
  refuseReused(dir ?? DEFAULT_CONFIG_DIR, loaded, plan);
  const possible = possibleWith(log, plan.files);
  const view = viewOf(context);
  context.terminal.result(
    () => (isEmpty(plan) ? planText(plan, view) : `${planText(plan, view)}\n${possibleText(possible, view)}`),
    () => ({ inForce: log.manifests.at(-1)?.version ?? 0, ...planObject(plan), ...possibleObject(possible) }),
  );
  return isEmpty(plan) ? EXIT.ok : EXIT.drift;
};

export const applyConfig: Action<ApplyOptions> = async (context, { args: [dir], options }) => {
  const person = readPerson(context);
  const loaded = loadFiles(context, dir, approverIfAny(context));
  const root = readRoot(context);
  return withKafka(context, async (kafka: Kafka) => {
    const log = await readControlLog(kafka.broker, kafka.namespace, root);
    const plan = planOf(loaded, log);
    refuseReused(dir ?? DEFAULT_CONFIG_DIR, loaded, plan);
    return putInForce(context, kafka, { person, root, log, plan, yes: options.yes === true, question: 'put this in force?' });
  });
};
