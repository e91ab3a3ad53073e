import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageFaults, modalFaults } from './block-rules.js';
import { SlackSim } from './slack-sim.js';

const text = (length: number) => 'x'.repeat(length);
const plain = (length: number) => ({ type: 'plain_text', text: text(length) });
const button = (change: object = {}) => ({ type: 'actions', elements: [{ type: 'button', action_id: 'a', text: plain(75), value: text(2_000), ...change }] });
const modal = (change: object = {}) => ({ type: 'modal', title: plain(24), blocks: [{ type: 'divider' }], ...change });

describe('what Slack refuses in blocks', () => {
  it.each<[string, object[]]>([
    ['50 blocks', Array.from({ length: 50 }, () => ({ type: 'divider' }))],
    ['a header of 150', [{ type: 'header', text: plain(150) }]],
    ['a section of 3,000', [{ type: 'section', text: plain(3_000) }]],
    ['a button of 75 with a value of 2,000', [button()]],
  ])('takes %s', (_, blocks) => expect(messageFaults(blocks)).toEqual([]));

  it.each<[string, object[]]>([
    ['none', []],
    ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' }))],
    ['a header of 151', [{ type: 'header', text: plain(151) }]],
    ['a header with markup', [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }]],
    ['a section of 3,001', [{ type: 'section', text: plain(3_001) }]],
    ['11 fields', [{ type: 'section', fields: Array.from({ length: 11 }, () => plain(1)) }]],
    ['a button of 76', [button({ text: plain(76) })]],
    ['a value of 2,001', [button({ value: text(2_001) })]],
    ['an empty text', [{ type: 'section', text: plain(0) }]],
    ['a field that it does not know', [{ type: 'divider', hidden: true }]],
    ['a block that it does not know', [{ type: 'video' }]],
    ['an input in a message', [{ type: 'input', label: plain(1), element: { type: 'plain_text_input', action_id: 'a' } }]],
    ['a mention in rich text', [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'user', user_id: 'U1' }] }] }]],
    ['two blocks of one id', [{ type: 'divider', block_id: 'a' }, { type: 'divider', block_id: 'a' }]],
  ])('refuses %s', (_, blocks) => expect(messageFaults(blocks)).not.toEqual([]));

  it('refuses a modal with a long title, or with an input and nothing to send it by', () => {
    expect(modalFaults(modal())).toEqual([]);
    expect(modalFaults(modal({ title: plain(25) }))).not.toEqual([]);
    expect(modalFaults(modal({ blocks: [{ type: 'input', label: plain(1), element: { type: 'plain_text_input', action_id: 'a' } }] }))).not.toEqual([]);
  });
});

describe('the Web API that stands in for Slack’s', () => {
  let now = 1_700_000_000_000;
  let sim: SlackSim;
  beforeAll(async () => {
    sim = await SlackSim.start({ team: 'T0', users: [{ id: 'U1', name: 'one', note: '' }], channels: [{ id: 'C1', name: 'c' }], botToken: 'xoxb-1', appToken: 'xapp-1', now: () => now });
  });
  afterAll(() => sim.close());
  const call = async (method: string, given: object = {}, token = 'xoxb-1'): Promise<unknown> =>
    (await fetch(`${sim.apiUrl}${method}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(given) })).json();

  it.each<[string, string, object, string, string]>([
    ['an unknown method', 'chat.shout', {}, 'xoxb-1', 'unknown_method'],
    ['no token', 'auth.test', {}, '', 'not_authed'],
    ['another token', 'auth.test', {}, 'xoxb-2', 'invalid_auth'],
    ['the bot’s token for a socket', 'apps.connections.open', {}, 'xoxb-1', 'invalid_auth'],
    ['another channel', 'chat.postMessage', { channel: 'C2', text: 'x' }, 'xoxb-1', 'channel_not_found'],
    ['no text', 'chat.postMessage', { channel: 'C1' }, 'xoxb-1', 'no_text'],
    ['a text that is too long', 'chat.postMessage', { channel: 'C1', text: text(40_001) }, 'xoxb-1', 'msg_too_long'],
    ['bad blocks', 'chat.postMessage', { channel: 'C1', text: 'x', blocks: [{}] }, 'xoxb-1', 'invalid_blocks'],
    ['a message that is not there', 'chat.update', { channel: 'C1', ts: '1.000001', text: 'x' }, 'xoxb-1', 'message_not_found'],
    ['somebody who is not there', 'chat.postEphemeral', { channel: 'C1', user: 'U2', text: 'x' }, 'xoxb-1', 'user_not_in_channel'],
    ['a trigger that nobody made', 'views.open', { trigger_id: 'x', view: modal() }, 'xoxb-1', 'invalid_trigger_id'],
  ])('says no to %s in Slack’s words', async (_, method, given, token, error) => expect(await call(method, given, token)).toMatchObject({ ok: false, error }));

  it('opens one modal for a trigger, within three seconds', async () => {
    const [used, late] = [sim.workspace.trigger('U1'), sim.workspace.trigger('U1')];
    expect(await call('views.open', { trigger_id: used, view: modal() })).toMatchObject({ ok: true });
    expect(await call('views.open', { trigger_id: used, view: modal() })).toMatchObject({ error: 'exchanged_trigger_id' });
    now += 3_001;
    expect(await call('views.open', { trigger_id: late, view: modal() })).toMatchObject({ error: 'expired_trigger_id' });
  });

  it('lets nobody press a button from another page', async () => {
    const press = (headers: Record<string, string>) => fetch(`${sim.url}/sim/press`, { method: 'POST', headers, body: JSON.stringify({ user: 'U1', channel: 'C1', ts: '1.1', action: 'a' }) });
    expect((await press({})).status).toBe(403);
    expect((await press({ 'x-slack-sim': 'page' })).status).toBe(404);
    expect((await fetch(sim.url)).headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});
