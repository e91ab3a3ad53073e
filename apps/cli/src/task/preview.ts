import { agentPrincipal, upstreamPrincipal } from '@countersign/identity';
import { policySetOf, tenantsOf, type ControlState } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import { compilePolicySet } from '@countersign/policy-engines';
import type { Action, CommandContext } from '../command-context.js';
import { loadFiles, NOBODYS_KEY } from '../config/load-files.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
import { readControlLog } from '../controls/control-log.js';
import { EXIT } from '../exit-codes.js';
import { askDoor } from '../preview/door.js';
import { controlsFrom } from '../preview/local-controls.js';
import { playbookOf, previewSteps } from '../preview/preview.js';
import { previewExitCode, previewText, refusedText, stepObject } from '../preview/preview-text.js';
import { commandLine } from '../terminal/command-line.js';
import { viewOf } from '../terminal/view.js';
import { readTaskFile, tenantOf } from './task-file.js';

export interface PreviewOptions {
  readonly tenant?: string;
  readonly config?: string;
}

const readControls = async (context: CommandContext, config: string | undefined): Promise<ControlState> => {
  if (config !== undefined) return controlsFrom(loadFiles(context, config, { publicKey: NOBODYS_KEY }), context.clock.now());
  const root = readRoot(context);
  const { state } = await withKafka(context, ({ broker, namespace }) => readControlLog(broker, namespace, root));
  if (!state.active) throw new CountersignError('CONFIG_UNAVAILABLE', 'no configuration is in force', { hint: `\`${commandLine('config apply DIR', context.env)}\`, or preview under a folder with \`--config DIR\`` });
  return state;
};

export const previewTask: Action<PreviewOptions> = async (context, { args: [name = ''], options }) => {
  const { terminal, clock } = context;
  const view = viewOf(context);
  const file = await readTaskFile(context, name);
  const controls = await readControls(context, options.config);
  const tenant = tenantOf(options.tenant, tenantsOf(controls));
  const door = askDoor(file.event, tenant, controls, clock.now());
  if (!door.admitted) {
    terminal.result(
      () => refusedText(file.id, door, view),
      () => ({ admitted: false, tenant, code: door.code, message: door.message, faults: door.faults }),
    );
    return EXIT.error;
  }
  const { contract, input } = door;
  const playbook = playbookOf(contract, controls);
  if (!playbook) throw new CountersignError('CONFIG_INVALID', `no playbook \`${contract.document.playbook}\` is in force`);
  const compilation = compilePolicySet(policySetOf(controls));
  if (!compilation.ok) throw new CountersignError('CONFIG_INVALID', `the policy set cannot be put in force, so everything is denied\n${compilation.faults.map(({ id, pointer, message }) => `${id} ${pointer}: ${message}`).join('\n')}`);
  const trustDomain = readSettings(context).get('trustDomain', CLIENT_VARIABLES.trustDomain);
  const steps = previewSteps({
    tenant,
    contract,
    playbook,
    input,
    controls,
    set: compilation.set,
    agent: agentPrincipal(tenant, contract.document.workflow, contract.document.id, trustDomain),
    subject: upstreamPrincipal(tenant, trustDomain),
  });
  terminal.result(
    () => previewText(file.id, contract, steps, view),
    () => ({ admitted: true, tenant, workflow: contract.document.workflow, contract: { id: contract.id, version: contract.version, hash: contract.hash }, steps: steps.map(stepObject) }),
  );
  return previewExitCode(steps);
};
