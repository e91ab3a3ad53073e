import type { AnswerChoice, Via } from '@countersign/contracts';
import { slackTierOf } from '../approval/in-slack.js';
import type { ApproverDirectory } from '../config/approver-directory.js';
import type { AnswerFault } from './answer-rights.js';

/** What somebody says in Slack to a question of a run rests on the same as a vote there: the key of the Slack service, and the directory. */

/** It weighs as much as a vote of this tier: where the directory lets nobody cast one in Slack, nobody answers there either. */
const WEIGHS_AS_TIER = 2;

type Directory = Pick<ApproverDirectory, 'slackMaxTier'> | undefined;

/** Whether answers that were pressed in Slack count at all. */
export const areAnswersTaken = (directory: Directory): boolean => directory !== undefined && slackTierOf(directory) >= WEIGHS_AS_TIER;

/**
 * Whether this can be said in Slack. Not that a call was not done: it is made once more then, and where the outside system does not know a
 * repeat that cannot be taken back. It takes a key of the person's own.
 */
export const isSaidInSlack = (choice: AnswerChoice | 'claim'): boolean => choice !== 'not-done';

/** Why what was pressed in Slack does not count as an answer; `undefined` where it does, and where a person signed it. */
export const answerInSlackFault = ({ choice, via }: { readonly choice: AnswerChoice | 'claim'; readonly via?: Via | undefined }, directory: Directory): AnswerFault | undefined =>
  via === undefined || (isSaidInSlack(choice) && areAnswersTaken(directory)) ? undefined : { code: 'answer.in-slack', message: `\`${choice}\` is not said in Slack, it takes the person's own key: use the command line` };
