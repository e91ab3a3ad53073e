import type { RelayBatch } from '@countersign/bus';
import { HEADERS } from '@countersign/contracts';
import { slackKeysAt, type ControlState } from '@countersign/domain';
import { verifyBallot, verifyPress } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import type { RejectedRecord } from '@countersign/read-model';
import { rejectedRecord } from './projection.js';

/**
 * Ballots come from people, so the reader checks no signature of theirs; approvals does, and makes a dead letter. The ledger looks
 * for itself, so that a forged one is told of too. It stays in the record as what it is: what was on the log.
 */
export class BallotCheck {
  constructor(private readonly controls: () => ControlState) {}

  /** Ballots of a batch that nobody in the directory in force has signed. */
  forged({ topic, received }: Pick<RelayBatch, 'topic' | 'received'>): readonly RejectedRecord[] {
    if (topic !== 'ballots') return [];
    const controls = this.controls();
    const directory = controls.active?.approvers?.document ?? { people: [] };
    return received.flatMap(({ record, ...rest }) => {
      const vote = { value: String(record.value), jws: String(record.headers[HEADERS.personSignature]) };
      const slackKeys = slackKeysAt(controls, record.timestamp as Instant);
      const isPress = 'event' in rest && (rest.event.type === 'countersign.press.refused' || rest.event.type === 'countersign.answer.pressed');
      const check = isPress ? verifyPress(vote, slackKeys) : verifyBallot(vote, directory, slackKeys);
      return check.ok ? [] : [rejectedRecord(topic, { record, code: 'VOTE_INVALID', message: `${check.code}: ${check.message}` })];
    });
  }
}
