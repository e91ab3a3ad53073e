import { describe, expect, it } from 'vitest';
import { nextText } from '../../../apps/cli/src/demo/demo-text.js';
import type { Result } from '../../../apps/cli/src/demo/demo.js';
import { answerOf } from '../../../apps/cli/src/mcp/answer.js';
import { createProgram } from '../../../apps/cli/src/program.js';
import { viewOf } from '../../../apps/cli/src/spec-support/ledger-fixtures.spec-support.js';
import { cardMessage } from '../../../apps/slack/src/card/card-blocks.js';
import { cardWith, type Shown } from '../../../apps/slack/src/card/cards.spec-support.js';
import { approveModal } from '../../../apps/slack/src/card/modals.js';

/** One id in 64 begins like an option. */
const ID = '-DDDDDDDDDDDDDDDDDDDDD';

const textsIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner)));
};

/** Words as a shell makes them of a command that a text prints up to the end of a line. */
const commandsIn = (text: string): readonly (readonly string[])[] => [...text.matchAll(/\bcountersign ([a-z].*)$/gm)].map(([, line = '']) => (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', '')));

/** What the command line makes of the words; throws where it does not take them. */
const operandsOf = async (words: readonly string[]): Promise<readonly unknown[]> => {
  const seen: unknown[] = [];
  const program = createProgram(() => (...given) => {
    seen.push(...given.slice(0, -2).flat());
    return Promise.resolve();
  });
  await program.parseAsync(words, { from: 'user' });
  return seen;
};

const card = (shown: Shown): ReturnType<typeof cardWith> => cardWith({ ...shown, opened: { ...shown.opened, card: ID } });
const onCard = (shown: Shown): readonly string[] => textsIn(cardMessage(card(shown)).blocks);

const demo = (id: string): string => {
  const task = { name: 'a task', expected: { outcome: 'pending', answer: 'approve' } };
  const bad = { name: 'another', expected: { outcome: 'pending', answer: 'deny' } };
  const results = [task, bad].map((given) => ({ task: given, outcome: { run: 'run-w44LAfiJ', state: { kind: 'pending', approval: id, reasons: [] } } })) as unknown as readonly Result[];
  return nextText(results, viewOf());
};

describe('a command that is printed', () => {
  it.each<[string, readonly string[], string]>([
    ['on a notice, to undo what was done', onCard({ opened: { kind: 'notice', tier: 1, quorum: 0 } }), `${card({}).run}/refund`],
    ['on a card of what was done, to undo it', onCard({ changes: [{ what: 'verified', undoUntil: '2026-01-02T05:04:05.000Z' }] }), `${card({}).run}/refund`],
    ['on a card of tier 4, to approve', onCard({ opened: { tier: 4 } }), ID],
    ['in a modal that is too small for what is asked', textsIn(approveModal(card({ args: Object.fromEntries(Array.from({ length: 300 }, (_value, index) => [`field_${index}`, 'x'.repeat(2_000)])) }), { channel: 'C0123ABCD' }, true).blocks), ID],
    ['for whoever called through the proxy', [answerOf({ actionId: 'run-1', state: { kind: 'pending', approval: ID, reasons: [] }, events: [], command: (args) => `countersign ${args}`, tool: 'files.write-file' }).approveWith ?? ''], ID],
  ])('%s, is one that the command line takes', async (_, texts, operand) => {
    const commands = commandsIn(texts.join('\n'));
    expect(commands).toHaveLength(1);
    expect(await operandsOf(commands[0] ?? [])).toEqual([operand]);
  });

  it('at the end of the demo, is one that the command line takes', async () => {
    const about = commandsIn(demo(ID)).filter(([group]) => group === 'approvals');
    expect(await Promise.all(about.map(operandsOf))).toEqual([[ID.slice(0, 8)], [ID.slice(0, 8)], [ID.slice(0, 8)]]);
  });
});
