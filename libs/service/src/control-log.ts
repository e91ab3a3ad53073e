import { HEADERS, type KeyRing } from '@countersign/contracts';
import { evolveControls, initialControls, keyAt, type ConfigurationReader, type ControlState } from '@countersign/domain';
import { checkControl, keyRing, type Root } from '@countersign/identity';
import type { ControlsFold, LogRecord, SignedControl } from '@countersign/bus';
import { CountersignError } from '@countersign/kernel';
import { policySetFaults } from '@countersign/policy-engines/compile';
import { readDocument } from '@countersign/tools';

const READER: ConfigurationReader = { read: readDocument, policyFaults: policySetFaults };

/** Controls as every process of the project folds them: the same records put the same things in force everywhere. */
export const controlsFold: ControlsFold<ControlState> = {
  initial: initialControls,
  evolve: (controls, { event, quorate }, { offset, timestamp }) => evolveControls(controls, event, { offset, timestamp, quorate }, READER),
};

/**
 * Checks controls against the people of the root file; throws what `checkControl` throws. A copy of a control that lies before it is
 * refused with `EVENT_REPEATED`: what was lifted or replaced since would come back without anybody having signed for that. One that
 * more people have signed is no copy. So a verifier has to see the controls from their start on; it may see them more than once.
 */
export const controlVerifier = (root: Root): ((record: Pick<LogRecord, 'value' | 'headers' | 'offset'>) => SignedControl) => {
  /** By id and offset: how many people had signed. */
  const known = new Map<string, Map<number, number>>();
  return ({ value, headers, offset }) => {
    const { event, signers, quorate } = checkControl(value ?? Buffer.alloc(0), headers[HEADERS.personSignature], root);
    const written = known.get(event.id) ?? new Map<number, number>();
    const first = [...written].find(([at, count]) => at < offset && count >= signers.length);
    if (first) throw new CountersignError('EVENT_REPEATED', `the control lies at ${first[0]}, and this is a copy of it`);
    known.set(event.id, written.set(offset, signers.length));
    return { event, quorate };
  };
};

/** The keys that people have announced, as far as `controls` has been read. */
export const announcedKeys = (controls: () => ControlState): KeyRing => keyRing((key, at) => keyAt(controls(), key, at));
