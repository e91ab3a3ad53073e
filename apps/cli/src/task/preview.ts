import { agentPrincipal, upstreamPrincipal } from '@countersign/identity';
import { policySetOf, tenantsOf } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import { compilePolicySet } from '@countersign/policy-engines';
import type { Action } from '../command-context.js';
import { loadFiles, NOBODYS_KEY } from '../config/load-files.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
import { controlsInForce } from '../controls/in-force.js';
import { EXIT } from '../exit-codes.js';
import { askDoor } from '../preview/door.js';
import { controlsFrom } from '../preview/local-controls.js';
import { playbookOf, previewSteps } from '../preview/preview.js';
import { previewExitCode, previewText, refusedText, stepObject } from '../preview/preview-text.js';
import { viewOf } from '../terminal/view.js';
import { readTaskFile, tenantOf } from './task-file.js';

export interface PreviewOptions {
  readonly tenant?: string;
  readonly config?: string;
}

export const previewTask: Action<PreviewOptions> = async (context, { args: [name = ''], options }) => {
  const { terminal, clock } = context;
  const view = viewOf(context);
  const file = await readTaskFile(context, name);
  const controls = options.config === undefined ? await controlsInForce(context, 'preview under a folder with `--config DIR`') : controlsFrom(loadFiles(context, options.config, { publicKey: NOBODYS_KEY }), clock.now());
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
    now: clock.now(),
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
