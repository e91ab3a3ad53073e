import type { SlackSimOptions } from './slack-sim.js';

/** The workspace that a local stack plays. Its ids are none that Slack gives: a directory that names them lets nobody vote in a real one. */
export const LOCAL_SLACK = {
  team: 'T0SIMULATED',
  channel: 'C0SIMULATED',
  users: [
    { id: 'U0APPROVER', name: 'approver', note: 'the local approver of the directory' },
    { id: 'U0STRANGER', name: 'stranger', note: 'in the channel, and nobody of the directory' },
  ],
} as const;

export const localSlack = ({ botToken, appToken, port }: { readonly botToken: string; readonly appToken: string; readonly port: number }): SlackSimOptions => ({
  team: LOCAL_SLACK.team,
  users: LOCAL_SLACK.users,
  channels: [{ id: LOCAL_SLACK.channel, name: 'approvals' }],
  botToken,
  appToken,
  port,
});
