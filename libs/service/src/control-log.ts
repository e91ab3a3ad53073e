import { HEADERS, type Event, type KeyRing } from '@countersign/contracts';
import { evolveControls, initialControls, keyAt, type ConfigurationReader, type ControlState } from '@countersign/domain';
import { checkControl, isControl, keyRing, signedByQuorum, type Root } from '@countersign/identity';
import type { ControlsFold, LogRecord } from '@countersign/bus';
import { policySetFaults } from '@countersign/policy-engines/compile';
import { readDocument } from '@countersign/tools';

const READER: ConfigurationReader = { read: readDocument, policyFaults: policySetFaults };

/** What one person may put on the log, and a quorum alone in force. */
const QUORUM_COUNTS: ReadonlySet<string> = new Set(['countersign.config.activated', 'countersign.kill-switch.lifted', 'countersign.mode.changed']);

/** Controls as every process of the project folds them: the same records put the same things in force everywhere. */
export const controlsFold = (root: Root): ControlsFold<ControlState> => ({
  initial: initialControls,
  evolve: (controls, event, { offset, timestamp, value, headers }) => {
    const quorate = isControl(event) && QUORUM_COUNTS.has(event.type) && signedByQuorum(event, value ?? Buffer.alloc(0), headers[HEADERS.personSignature], root);
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
