import { messageFaults, modalFaults } from './block-rules.js';
import type { SimBlock, SimModal, Workspace } from './workspace.js';

/** Arguments of a call: JSON, or a form whose complex values are JSON. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What Slack says to a call: `ok`, or its own word for what is wrong. */
export type Said = Readonly<Record<string, unknown>> & { readonly ok: boolean };

const refused = (error: string, messages: readonly string[] = []): Said => ({ ok: false, error, ...(messages.length > 0 && { response_metadata: { messages } }) });

const LONGEST_TEXT = 40_000;
const LARGEST_VIEW = 250_000;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The methods that cards and votes need, each as strict as Slack's. */
export class WebApi {
  constructor(
    private readonly workspace: Workspace,
    private readonly parts: { readonly botToken: string; readonly appToken: string | undefined; readonly socketUrl: () => string; readonly bot: string },
  ) {}

  /** Slack's answer; every call is answered with 200 and says in its body what it means. */
  call(method: string, token: string, given: Arguments): Said {
    const { botToken, appToken } = this.parts;
    if (method === 'apps.connections.open') {
      if (appToken === undefined || token !== appToken) return refused(token === '' ? 'not_authed' : 'invalid_auth');
      return { ok: true, url: this.parts.socketUrl() };
    }
    const act = this.methods[method];
    if (!act) return refused('unknown_method');
    if (token !== botToken) return refused(token === '' ? 'not_authed' : 'invalid_auth');
    return act(given);
  }

  private readonly methods: Readonly<Record<string, (given: Arguments) => Said>> = {
    'auth.test': () => ({ ok: true, url: 'https://simulated.slack.com/', team: 'Simulated', user: 'countersign', team_id: this.workspace.team, user_id: this.parts.bot, bot_id: 'B0SIMULATED' }),
    'chat.postMessage': (given) => {
      const fault = this.channelFault(given) ?? contentFault(given);
      if (fault) return fault;
      const channel = text(given['channel']);
      const message = this.workspace.post({ channel, text: text(given['text']), blocks: (given['blocks'] ?? []) as SimBlock[], metadata: given['metadata'] });
      return { ok: true, channel, ts: message.ts, message: { ts: message.ts, text: message.text, bot_id: 'B0SIMULATED' } };
    },
    'chat.update': (given) => {
      const fault = this.channelFault(given) ?? contentFault(given);
      if (fault) return fault;
      const message = this.workspace.find(text(given['channel']), text(given['ts']));
      if (!message) return refused('message_not_found');
      Object.assign(message, { text: text(given['text']), blocks: given['blocks'] ?? [], edits: message.edits + 1 });
      this.workspace.changed();
      return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
    },
    'chat.postEphemeral': (given) => {
      const fault = this.channelFault(given) ?? contentFault(given);
      if (fault) return fault;
      const user = text(given['user']);
      if (!this.workspace.users.some(({ id }) => id === user)) return refused('user_not_in_channel');
      this.workspace.whispers.push({ channel: text(given['channel']), user, text: text(given['text']), at: this.workspace.now() });
      this.workspace.changed();
      return { ok: true, message_ts: `${Math.floor(this.workspace.now() / 1_000)}.000001` };
    },
    'views.open': (given) => {
      const view = given['view'] as SimModal | undefined;
      const faults = modalFaults(view);
      if (faults.length > 0 || !view) return refused('invalid_arguments', faults);
      if (JSON.stringify(view).length > LARGEST_VIEW) return refused('view_too_large');
      const trigger = this.workspace.useTrigger(text(given['trigger_id']));
      if ('error' in trigger) return refused(trigger.error);
      const { id } = this.workspace.open(trigger.user, view);
      return { ok: true, view: { id, ...view } };
    },
    'conversations.history': (given) => {
      const fault = this.channelFault(given);
      if (fault) return fault;
      const oldest = Number(given['oldest'] ?? 0);
      const limit = Math.min(Number(given['limit'] ?? 100), 999);
      const from = Number(given['cursor'] ?? 0);
      const all = this.workspace.messages.filter(({ channel, ts }) => channel === given['channel'] && Number(ts) > oldest).toReversed();
      const hasMetadata = given['include_all_metadata'] === true || given['include_all_metadata'] === 'true';
      const messages = all.slice(from, from + limit).map(({ ts, text: said, blocks, metadata }) => ({ type: 'message', ts, text: said, blocks, bot_id: 'B0SIMULATED', ...(hasMetadata && metadata !== undefined && { metadata }) }));
      const next = from + limit < all.length ? String(from + limit) : '';
      return { ok: true, messages, has_more: next !== '', response_metadata: { next_cursor: next } };
    },
  };

  private channelFault(given: Arguments): Said | undefined {
    return this.workspace.channels.some(({ id }) => id === given['channel']) ? undefined : refused('channel_not_found');
  }
}

const contentFault = (given: Arguments): Said | undefined => {
  if (text(given['text']) === '' && given['blocks'] === undefined) return refused('no_text');
  if (text(given['text']).length > LONGEST_TEXT) return refused('msg_too_long');
  const faults = given['blocks'] === undefined ? [] : messageFaults(given['blocks']);
  return faults.length > 0 ? refused('invalid_blocks', faults) : undefined;
};
