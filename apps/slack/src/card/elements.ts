import type { types } from '@slack/bolt';

export type Block = types.KnownBlock;

/** Blocks whose texts Slack does not parse: whatever stands in them is shown, and nothing of it is a mention or a link. */

const textOf = (text: string, bold: boolean): types.RichTextText => ({ type: 'text', text, ...(bold && { style: { bold: true } }) });

/** Lines of text, the bold parts in a pair with what follows. */
export const lines = (...parts: readonly (readonly [bold: string, text: string])[]): Block => ({
  type: 'rich_text',
  elements: [
    {
      type: 'rich_text_section',
      elements: parts.flatMap(([bold, text], index) => [...(bold === '' ? [] : [textOf(bold, true)]), textOf(`${text}${index < parts.length - 1 ? '\n' : ''}`, false)]).filter(({ text }) => text !== ''),
    },
  ],
});

/** Letters of one width. */
export const preformatted = (text: string): Block => ({ type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] });

/** Somebody's own words, in a box with a label. */
export const boxed = (label: string, text: string): Block => ({
  type: 'rich_text',
  elements: [
    { type: 'rich_text_section', elements: [textOf(label, true)] },
    { type: 'rich_text_quote', elements: [textOf(text, false)] },
  ],
});

export const header = (text: string): Block => ({ type: 'header', text: { type: 'plain_text', text, emoji: false } });

export const small = (...texts: readonly string[]): Block => ({ type: 'context', elements: texts.map((text) => ({ type: 'plain_text', text, emoji: false })) });

export const fieldsOf = (pairs: readonly (readonly [string, string])[]): Block => ({ type: 'section', fields: pairs.map(([name, text]) => ({ type: 'plain_text', text: `${name}\n${text}`, emoji: false })) });

/** A time as each reader's own clock and language have it. Nothing but the time is in it. */
export const until = (before: string, instant: number): Block => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: `${before} <!date^${Math.floor(instant / 1_000)}^{date_short_pretty} at {time}|${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC>`, verbatim: true }],
});

export const button = (action: string, value: string, text: string, style?: 'primary' | 'danger'): types.Button => ({ type: 'button', action_id: action, value, text: { type: 'plain_text', text, emoji: false }, ...(style && { style }) });
