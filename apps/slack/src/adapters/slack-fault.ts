import { webApi } from '@slack/bolt';
import { seconds, type Millis } from '@countersign/kernel';

/** Why Slack did not do it, in its own word, and for how long it wants to be left alone. */
export interface SlackFault {
  /** `slack.channel-not-found`, `slack.unanswered` */
  readonly code: string;
  readonly wait?: Millis;
}

const WORD = /^[a-z][a-z0-9_]{0,60}$/;

/** Nothing of a fault of Slack's library is kept but this: it may quote what was sent, and with which token. */
export const slackFaultOf = (fault: unknown): SlackFault => {
  if (fault instanceof webApi.WebAPIPlatformError) return { code: WORD.test(fault.data.error) ? `slack.${fault.data.error.replaceAll('_', '-')}` : 'slack.error' };
  if (fault instanceof webApi.WebAPIRateLimitedError) return { code: 'slack.ratelimited', wait: seconds(Math.min(Math.max(fault.retryAfter, 1), 3_600)) };
  if (fault instanceof webApi.WebAPIHTTPError) return { code: `slack.http-${fault.statusCode}` };
  return { code: 'slack.unanswered' };
};
