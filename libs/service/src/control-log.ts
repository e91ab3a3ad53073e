import { HEADERS, type Event, type KeyRing } from '@countersign/contracts';
import { evolveControls, initialControls, keyAt, type ConfigurationReader, type ControlState } from '@countersign/domain';
import { checkControl, keyRing, signedByQuorum, type Root } from '@countersign/identity';
import type { ControlsFold, LogRecord } from '@countersign/bus';
import { policySetFaults } from '@countersign/policy-engines/compile';
import { readDocument } from '@countersign/tools';

const READER: ConfigurationReader = { read: readDocument, policyFaults: policySetFaults };

/** Controls as every process of the project folds them: the same records put the same things in force everywhere. */
export const controlsFold = (root: Root): ControlsFold<ControlState> => ({
  initial: initialControls,
  evolve: (controls, event, { offset, timestamp, value, headers }) => {
    const quorate = event.type === 'countersign.config.activated' && signedByQuorum(value ?? Buffer.alloc(0), headers[HEADERS.personSignature], 'admin', root);
    return evolveControls(controls, event, { offset, timestamp, quorate }, READER);
  },
});

/** Checks a control against the people of the root file; throws what `checkControl` throws. */
export const controlVerifier =
  (root: Root) =>
  ({ value, headers }: Pick<LogRecord, 'value' | 'headers'>): Event =>
    checkControl(value ?? Buffer.alloc(0), headers[HEADERS.personSignature], root).event;

/** The keys that people have announced, as far as `controls` has been read. */
export const announcedKeys = (controls: () => ControlState): KeyRing => keyRing((key, at) => keyAt(controls(), key, at));
