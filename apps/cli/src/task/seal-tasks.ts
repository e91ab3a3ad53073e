import { contractAccepting, contractFor, type AgentContract, type ControlState } from '@countersign/domain';
import { atPointer, isJsonObject, runIdOf, type JsonObject, type Principal } from '@countersign/kernel';
import { openKeyStore, Seals, type KeyOwner } from '@countersign/privacy';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
import { readControlLog } from '../controls/control-log.js';
import type { TaskFile } from './task-file.js';

/** Where the keys of sealed values are, as this connection knows it. */
export const keyStoreOf = (context: CommandContext) => openKeyStore(readSettings(context).get('dataKeys', CLIENT_VARIABLES.dataKeys));

const contractOf = ({ event, workflow }: TaskFile, tenant: string, controls: ControlState): AgentContract | undefined =>
  (workflow === undefined ? contractAccepting(controls, tenant, typeof event['type'] === 'string' ? event['type'] : '') : contractFor(controls, tenant, workflow))?.document;

/** Whose key it is: that of whom the task is about, where its contract says how it names them, and else that of its run. */
const ownerOf = ({ dataSubject }: AgentContract, data: JsonObject, run: string): KeyOwner => {
  const subject = dataSubject === undefined ? undefined : atPointer(data, dataSubject);
  return typeof subject === 'string' || typeof subject === 'number' ? { kind: 'subject', id: String(subject) } : { kind: 'run', id: run };
};

const sealedFile = async (file: TaskFile, tenant: string, controls: ControlState, seals: Seals, signer: Principal | undefined): Promise<TaskFile> => {
  const { data } = file.event;
  const contract = contractOf(file, tenant, controls);
  if (!contract || data === undefined || !isJsonObject(data)) return file;
  const run = runIdOf(tenant, contract.workflow, file.source, file.id, signer);
  const sealed = await seals.sealAll(contract.input, data, { tenant, run }, ownerOf(contract, data, run));
  return sealed === data ? file : { ...file, event: { ...file.event, data: sealed } };
};

/**
 * The tasks with everything sealed that the contracts which take them mark as personal or secret, before anything of them gets to Kafka. `signer`:
 * the person who will sign them. Throws `KEY_UNAVAILABLE` where something has to be sealed and no keys can be reached.
 */
export const sealTasks = async (context: CommandContext, { broker, namespace }: Kafka, tenant: string, files: readonly TaskFile[], signer?: Principal): Promise<readonly TaskFile[]> => {
  const { state } = await readControlLog(broker, namespace, readRoot(context));
  const seals = new Seals(keyStoreOf(context));
  return Promise.all(files.map((file) => sealedFile(file, tenant, state, seals, signer)));
};
