import type { Via } from '@countersign/contracts';
import { slackName, type Approver, type SlackKeys } from '@countersign/domain';
import { parseJws } from './jws.js';
import { publicKeyOf } from './keys.js';

/** Nothing is said in Slack, as far as whoever looks at it knows. */
export const NO_SLACK_KEYS: SlackKeys = () => undefined;

/** Whether a person of the directory is the user of Slack who pressed. */
export const isInSlack = ({ slack }: { readonly slack: Approver['slack'] }, via: Via): boolean => slack !== undefined && slack === slackName(via);

/** Whether the Slack service has signed the bytes, with a key that is good. */
export const isSignedBySlack = (bytes: Buffer, jws: Uint8Array | string | undefined, slackKeys: SlackKeys): boolean => {
  const signature = jws === undefined ? undefined : parseJws(Buffer.from(jws).toString('latin1'));
  const publicKey = signature && slackKeys(signature.key);
  return signature !== undefined && publicKey !== undefined && signature.covers(bytes, publicKeyOf(publicKey));
};
