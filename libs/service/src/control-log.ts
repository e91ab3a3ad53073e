import { HEADERS, type Event, type KeyRing } from '@countersign/contracts';
import { evolveControls, initialControls, keyAt, type ConfigurationReader, type ControlState } from '@countersign/domain';
import { checkControl, isControl, keyRing, signedByQuorum, type Root } from '@countersign/identity';
import type { ControlsFold, LogRecord } from '@countersign/bus';
import { CountersignError } from '@countersign/kernel';
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

/**
 * Checks controls against the people of the root file; throws what `checkControl` throws. A copy of a control that lies before it is
 * refused with `EVENT_REPEATED`: what was lifted or replaced since would come back without anybody having signed for that. One that
 * more people have signed is no copy. So a verifier has to see the controls from their start on; it may see them more than once.
 */
export const controlVerifier = (root: Root): ((record: Pick<LogRecord, 'value' | 'headers' | 'offset'>) => Event) => {
  /** By id and offset: how many people had signed. */
  const known = new Map<string, Map<number, number>>();
  return ({ value, headers, offset }) => {
    const { event, signers } = checkControl(value ?? Buffer.alloc(0), headers[HEADERS.personSignature], root);
    const written = known.get(event.id) ?? new Map<number, number>();
    const first = [...written].find(([at, count]) => at < offset && count >= signers.length);
    if (first) throw new CountersignError('EVENT_REPEATED', `the control lies at ${first[0]}, and this is a copy of it`);
    known.set(event.id, written.set(offset, signers.length));
    return event;
  };
};

/** The keys that people have announced, as far as `controls` has been read. */
export const announcedKeys = (controls: () => ControlState): KeyRing => keyRing((key, at) => keyAt(controls(), key, at));
