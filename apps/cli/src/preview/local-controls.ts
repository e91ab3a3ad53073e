import { newEvent } from '@countersign/contracts';
import { evolveControls, initialControls, type ControlState } from '@countersign/domain';
import { CountersignError, type Instant } from '@countersign/kernel';
import { policySetFaults } from '@countersign/policy-engines';
import { readDocument, type LoadedConfig } from '@countersign/tools';
import { configControls } from '../config/config-controls.js';
import { planChange } from '../config/change-plan.js';
import { wantedFiles } from '../config/load-files.js';

/** What would be in force if a folder were applied to an empty installation: the same fold over the same controls, unsigned. */
export const controlsFrom = (loaded: LoadedConfig, now: Instant): ControlState => {
  const { files } = planChange([], wantedFiles(loaded), []);
  const state = configControls(files, files, 1).reduce<ControlState>((before, control, offset) => {
    // The union's members pair type and data; the compiler cannot follow that through a generic call.
    const event = newEvent({ ...(control as Extract<typeof control, { readonly type: 'countersign.config.activated' }>), service: 'operator', now });
    return evolveControls(before, event, { offset, timestamp: now, quorate: true }, { read: readDocument, policyFaults: policySetFaults });
  }, initialControls());
  const fault = state.faults.at(-1);
  if (fault) throw new CountersignError('CONFIG_INVALID', [fault.message, ...fault.faults.map(({ pointer, message }) => `${pointer} ${message}`)].join('\n'));
  return state;
};
