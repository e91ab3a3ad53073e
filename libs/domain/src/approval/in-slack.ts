import type { Via } from '@countersign/contracts';
import type { Instant, KeyId } from '@countersign/kernel';
import { SLACK_MAX_TIER, type Approver, type ApproverDirectory } from '../config/approver-directory.js';
import type { ControlState } from '../control/control-state.js';
import { keyAt } from '../control/lookups.js';
import type { Asked, VoiceFault } from './voice.js';

/** Votes of people who pressed a button in Slack: they rest on the key of the Slack service, and on the directory that says who is who there. */

/** Raw public key of an announced key of the Slack service; `undefined` for every other. */
export type SlackKeys = (key: KeyId) => string | undefined;

/** Those that are good at a time: a key that is retired vouches for nobody any more, whatever it signed before. */
export const slackKeysAt = (controls: ControlState, at: Instant): SlackKeys => (key) => {
  const known = keyAt(controls, key, at);
  return known?.service === 'slack' ? known.publicKey : undefined;
};

/** The highest tier whose votes count in Slack. */
export const slackTierOf = ({ slackMaxTier = SLACK_MAX_TIER }: Pick<ApproverDirectory, 'slackMaxTier'>): number => Math.min(slackMaxTier, SLACK_MAX_TIER);

/** `T0123/U0456`, as the directory names somebody in Slack. */
export const slackName = ({ slack: { team, user } }: Via): string => `${team}/${user}`;

/** Why a vote that was cast in Slack does not count for what it is asked. */
export const slackFault = ({ tier }: Pick<Asked, 'tier'>, { via }: { readonly via?: Via | undefined }, directory: Pick<ApproverDirectory, 'slackMaxTier'>): VoiceFault | undefined =>
  via !== undefined && tier > slackTierOf(directory) ? { code: 'vote.in-slack', message: `tier ${tier} is not answered in Slack, it takes the person's own key: use the command line` } : undefined;

/** The person of the directory who is that user of Slack: by its id alone, never by a name or an address. */
export const approverInSlack = ({ people }: Pick<ApproverDirectory, 'people'>, via: Via): Approver | undefined => people.find(({ slack }) => slack === slackName(via));
