import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256, type JsonObject, type RunId } from '@countersign/kernel';
import { messageFaults, modalFaults } from '@countersign/slack-sim';
import { ACTIONS, cardMessage } from './card-blocks.js';
import { cardWith, inputWith, type Shown, type ShownInput } from './cards.spec-support.js';
import { INPUT_ACTIONS, saidHere } from './input-card.js';
import { approveModal, denyModal, sayModal } from './modals.js';
import { argumentRows } from './rows.js';
import { cutTo, oneLine } from './safe-text.js';

/** What somebody reads, line by line. */
const textOf = (blocks: readonly object[]): string => {
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      const { text, label } = value as { readonly text?: unknown; readonly label?: unknown };
      if (typeof text === 'string') texts.push(text);
      for (const inner of Object.values(value)) walk(inner);
      void label;
    }
  };
  walk(blocks);
  return texts.join('\n');
};
const actionsOf = (blocks: readonly object[]): readonly string[] => [...JSON.stringify(blocks).matchAll(/"action_id":"([^"]+)"/g)].map(([, id = '']) => id);

const PREVIEW = { kind: 'dry-run' as const, changes: [{ field: 'refunded', now: 0, after: 124_900, unit: 'usd-cents' as const }, { field: 'left to refund', now: 124_900, after: 0, unit: 'usd-cents' as const }], hash: sha256('preview') };
const AT = { channel: 'C0123ABCD' };
const YES = { what: 'approved', by: 'Ada' } as const;
const GRANTED = [YES, { what: 'granted' }] as const;

const STATES: readonly (readonly [string, Shown])[] = [
  ['asked, the tool has no dry run', {}],
  ['asked, the preview is being made', { opened: { preview: 'pending' } }],
  ['asked, with the diff of the dry run', { opened: { preview: 'pending' }, changes: [{ what: 'previewed', preview: PREVIEW }] }],
  ['asked, and there is no preview', { opened: { preview: 'pending' }, changes: [{ what: 'previewed', preview: { kind: 'none', changes: [], reason: { code: 'TOOL_TIMEOUT', message: 'the tool gave no answer' }, hash: sha256('none') } }] }],
  ['reminded', { changes: [{ what: 'reminded' }] }],
  ['escalated', { changes: [{ what: 'escalated', to: ['finance-lead'], people: ['Ada', 'Bob', 'Lea'], morePeople: 0 }] }],
  ['one of two', { opened: { tier: 3, quorum: 2 }, changes: [YES] }],
  ['granted', { changes: GRANTED }],
  ['rejected', { changes: [{ what: 'denied', by: 'Bob' }, { what: 'rejected', by: 'Bob', reason: 'not ours' }] }],
  ['expired', { changes: [{ what: 'expired' }, { what: 'closed', code: 'expired', reason: 'nobody answered' }] }],
  ['withdrawn', { changes: [{ what: 'withdrawn', reason: 'tenant:acme is stopped: an incident' }] }],
  ['being executed', { changes: [...GRANTED, { what: 'started' }] }],
  ['executed', { changes: [...GRANTED, { what: 'done', outsideId: 're_1', code: 'read-back' }] }],
  ['verified', { changes: [...GRANTED, { what: 'done', outsideId: 're_1', code: 'read-back' }, { what: 'verified' }] }],
  ['verified, and a person can have it undone once its run has ended', { changes: [...GRANTED, { what: 'verified', outsideId: 're_1', undoUntil: '2026-01-02T05:04:05.000Z' }] }],
  ['verified, and a person can have it undone', { changes: [...GRANTED, { what: 'verified', outsideId: 're_1', undoUntil: '2026-01-02T05:04:05.000Z' }, { what: 'closed', code: 'succeeded', reason: 'done' }] }],
  ['diverged', { changes: [...GRANTED, { what: 'diverged', reason: '/amount_cents differs' }] }],
  ['failed', { changes: [...GRANTED, { what: 'failed', code: 'http.409' }] }],
  ['unknown', { changes: [...GRANTED, { what: 'unknown', code: 'TOOL_TIMEOUT' }] }],
  ['refused by the executor', { changes: [...GRANTED, { what: 'refused', code: 'used', reason: 'the grant was used' }] }],
  ['undone', { changes: [...GRANTED, { what: 'verified', outsideId: 're_1', undoUntil: '2026-01-02T05:04:05.000Z' }, { what: 'undoing', undoRun: 'run-BT80R1umEKnbaCridZBP9Z' as RunId }, { what: 'undone' }] }],
  ['a notice of tier 1', { opened: { kind: 'notice', tier: 1, quorum: 0 }, facts: { people: [] }, changes: [{ what: 'verified', outsideId: 're_1' }] }],
  ['a notice of what no person can take back', { opened: { kind: 'notice', tier: 1, quorum: 0 }, hasDeadline: false, facts: { people: [] }, changes: [{ what: 'verified', outsideId: 're_1' }] }],
  ['tier 4', { opened: { tier: 4 } }],
  ['irreversible', { opened: { irreversible: true } }],
  ['of a tool that nothing is known to undo', { isUndoKnown: false }],
];

describe('a card', () => {
  it.each(STATES)('is what it is when %s', (_, shown) => {
    const message = cardMessage(cardWith(shown));
    expect(messageFaults(message.blocks)).toEqual([]);
    expect(`${message.text}\n\n${textOf(message.blocks)}\n\n${actionsOf(message.blocks).join(' ')}`).toMatchSnapshot();
  });

  it('has no button that says yes at once for what two have to see, for what nothing takes back or is known to undo, and for what it does not show whole', () => {
    expect(actionsOf(cardMessage(cardWith()).blocks)).toContain(ACTIONS.approve);
    const long = { charge: 'x'.repeat(200), amount_cents: 1 };
    for (const shown of [{ opened: { tier: 3 } }, { opened: { irreversible: true } }, { isUndoKnown: false }, { args: long }, { args: Object.fromEntries(Array.from({ length: 40 }, (_value, index) => [`f${index}`, index])) }] as const) {
      expect(actionsOf(cardMessage(cardWith(shown)).blocks)).not.toContain(ACTIONS.approve);
      expect(actionsOf(cardMessage(cardWith(shown)).blocks)).toContain(ACTIONS.view);
    }
  });

  it('names a built-in rule as it is called, and says that it is one; a name of nobody here makes no link', () => {
    const asks = (rule: string): string => textOf(cardMessage(cardWith({ opened: { reasons: [{ rule, code: 'provenance.unknown', message: 'the place is new' }] }, facts: { policies: [] } })).blocks);
    expect(asks('provenance.destination')).toContain('provenance.destination: the place is new');
    expect(asks('provenance.destination')).toContain('Policy\na built-in rule');
    expect(asks('evil.example')).toContain('evil[.]example: the place is new');
  });

  it('shows an argument as the call has it, as the command line does, and what it is in dollars beside it', () => {
    const args = { amount_cents: 124_900, limit: 12.5, text: 'x' };
    const shown = textOf(cardMessage(cardWith({ args, facts: { amounts: [{ arg: '/amount_cents', unit: 'usd-cents' }, { arg: '/limit', unit: 'usd' }, { arg: '/text', unit: 'usd' }], prose: [] } })).blocks);
    expect(shown).toContain('amount_cents | 124900 ($1249.00)\nlimit        | 12.5 ($12.5)\ntext         | "x"');
  });

  it('has no button at all where its tier is not answered in Slack, or once it was answered', () => {
    for (const shown of [{ opened: { tier: 4 } }, { opened: { tier: 3 }, facts: { maxTier: 2 } }, { changes: [{ what: 'expired' }] }] as const) expect(actionsOf(cardMessage(cardWith(shown)).blocks)).toEqual([]);
    expect(textOf(cardMessage(cardWith({ opened: { tier: 4 } })).blocks)).toContain('countersign approvals approve DDDDDDDDDDDDDDDDDDDDDD');
  });

  it('says how much more there is, and the modal shows all of it', () => {
    const card = cardWith({ args: Object.fromEntries(Array.from({ length: 40 }, (_value, index) => [`field_${index}`, `value ${index}`.replace(' ', '-')])), facts: { prose: [] } });
    expect(textOf(cardMessage(card).blocks)).toContain('… and 28 more fields: ');
    const modal = textOf(approveModal(card, AT, true).blocks);
    for (const index of Array.from({ length: 40 }).keys()) expect(modal).toContain(`value-${index}`);
    expect(approveModal(card, AT, true).submit).toBeDefined();
  });

  it('too large for a modal is not approved in Slack', () => {
    const card = cardWith({ args: Object.fromEntries(Array.from({ length: 300 }, (_value, index) => [`field_${index}`, 'x'.repeat(2_000)])) });
    const modal = approveModal(card, AT, true);
    expect(modal.submit).toBeUndefined();
    expect(textOf(modal.blocks)).toContain('countersign approvals show');
  });

  const CUT: readonly (readonly [string, Shown])[] = [
    ['a name', { args: { more: { ['k'.repeat(250)]: 1 } } }],
    ['a value', { args: { more: `${'A'.repeat(21_000)}PAY-EVIL-50000` }, facts: { prose: [] } }],
    ['what the outside system would change', { opened: { preview: 'pending' }, changes: [{ what: 'previewed', preview: { ...PREVIEW, more: 1 } }] }],
  ];
  it.each(CUT)('whose modal leaves out a part of %s is not approved in Slack, and names the command line', (_, shown) => {
    const card = cardWith(shown);
    const modal = approveModal(card, AT, true);
    expect(modal.submit).toBeUndefined();
    expect(textOf(modal.blocks)).toContain('countersign approvals show DDDDDDDDDDDDDDDDDDDDDD');
    expect(actionsOf(cardMessage(card).blocks)).not.toContain(ACTIONS.approve);
    expect(textOf(denyModal(card, AT).blocks)).toContain('the command line does: countersign approvals show DDDDDDDDDDDDDDDDDDDDDD');
  });

  it('shows the longest name and value that a modal has room for, and is approved there', () => {
    const card = cardWith({ args: { ['k'.repeat(200)]: `${'A'.repeat(19_990)}PAY-GOOD` }, facts: { prose: [] } });
    const modal = approveModal(card, AT, true);
    expect(modal.submit).toBeDefined();
    expect(textOf(modal.blocks).replaceAll('\n', '')).toContain('PAY-GOOD');
  });

  it.each([
    ['there are more than five', Array.from({ length: 7 }, (_value, index) => ({ rule: `rule_${index}`, code: 'rule.asks', message: 'x' })), 'rule_6'],
    ['one is long', [{ rule: 'rule_0', code: 'rule.asks', message: `${'x'.repeat(300)}the-end` }], 'the-end'],
  ])('has all reasons in its modal where %s, and no button that says yes at once', (_, reasons, last) => {
    const card = cardWith({ opened: { reasons } });
    expect(actionsOf(cardMessage(card).blocks)).not.toContain(ACTIONS.approve);
    const modal = approveModal(card, AT, true);
    expect(textOf(modal.blocks)).toContain(last);
    expect(modal.submit).toBeDefined();
  });

  it('tells a name with a dot in it from two names', () => {
    const fields = (args: JsonObject): readonly string[] => argumentRows(cardWith({ args })).map(({ field }) => field);
    expect(fields({ more: { a: { b: 1 }, 'a.b': 2, '"a': 3, '': 4 } })).toEqual(['more.a.b', 'more."a.b"', 'more."\\"a"', 'more.""']);
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '"', '\\', '/', '~'), maxLength: 5 });
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(name, name, name), { selector: (path) => JSON.stringify(path), minLength: 2, maxLength: 8 }), (paths) => {
      const args: Record<string, Record<string, Record<string, number>>> = {};
      for (const [one, two, three] of paths) ((args[one] ??= {})[two] ??= {})[three] = 1;
      expect(new Set(fields(args)).size).toBe(paths.length);
    }));
  });

  it('keeps risk and hashes in sight however many lines an agent writes, and has no button that says yes at once to them', () => {
    const card = cardWith({ args: { reason: `first${'\n'.repeat(400)}last` } });
    const { blocks } = cardMessage(card);
    expect(actionsOf(blocks)).not.toContain(ACTIONS.approve);
    expect(textOf(blocks)).toContain('… (389 more lines)');
    expect(textOf(blocks).split('\n').length).toBeLessThan(60);
    const modal = textOf(approveModal(card, AT, true).blocks);
    expect(modal).toContain('last');
    expect(modal.indexOf('evidence: action')).toBeLessThan(modal.indexOf('agent says'));
    expect(actionsOf(cardMessage(cardWith({ args: { reason: `first${'\n'.repeat(11)}last` } })).blocks)).toContain(ACTIONS.approve);
  });

  it('has no button that says yes at once where the name of what an agent says is cut', () => {
    const name = 'k'.repeat(100);
    expect(actionsOf(cardMessage(cardWith({ args: { [name]: 'two words' }, facts: { prose: [`/${name}`] } })).blocks)).not.toContain(ACTIONS.approve);
  });
});

const LOST: ShownInput['question'] = { reason: 'effect.unknown', message: 'tool.timeout: `payments.refund` gave no answer', choices: ['done', 'not-done', 'stop'], otherwise: 'unknown', evidence: Array.from({ length: 6 }, (_, index) => ({ id: `event-${index}`, sha256: sha256(`${index}`) })) };
const INPUTS: readonly (readonly [string, ShownInput])[] = [
  ['a value is missing', {}],
  ['nobody knows what a call did', { question: LOST }],
  ['somebody is at work on it', { changes: [{ what: 'reminded' }, { what: 'claimed', by: 'Sam', until: '2026-01-02T03:34:05.000Z' }] }],
  ['it has escalated', { changes: [{ what: 'escalated', to: ['finance'], people: ['Sam', 'Kim', 'Ada'], morePeople: 0 }] }],
  ['it is answered', { changes: [{ what: 'claimed', by: 'Sam', until: '2026-01-02T03:34:05.000Z' }, { what: 'answered', by: 'Sam', choice: 'answer', reason: 'it stands in the order' }] }],
  ['its run has ended after an answer', { changes: [{ what: 'answered', by: 'Sam', choice: 'answer', reason: 'it stands in the order' }, { what: 'closed', code: 'succeeded', reason: '' }] }],
  ['nobody has answered', { changes: [{ what: 'expired' }, { what: 'closed', code: 'invalid', reason: 'nobody of `support` has said anything' }] }],
  ['nobody answers in Slack', { question: LOST, isTyped: true }],
];

describe('a card of what a run asks', () => {
  it.each(INPUTS)('is what it is when %s', (_, shown) => {
    const message = cardMessage(inputWith(shown));
    expect(messageFaults(message.blocks)).toEqual([]);
    expect(`${message.text}\n\n${textOf(message.blocks)}\n\n${actionsOf(message.blocks).join(' ')}`).toMatchSnapshot();
  });

  it('has a button for what is safe, and a command for what makes a call again', () => {
    const card = inputWith({ question: LOST });
    expect(actionsOf(cardMessage(card).blocks)).toEqual([INPUT_ACTIONS.claim, INPUT_ACTIONS.done, INPUT_ACTIONS.stop]);
    expect(saidHere(card)).not.toContain('not-done');
    expect(textOf(cardMessage(card).blocks)).toContain('countersign escalations answer --say not-done --reason TEXT EEEEEEEEEEEEEEEEEEEEEE');
  });

  it('has a modal for each answer that says what follows, with a field for each value', () => {
    for (const choice of ['answer', 'resume', 'done', 'accept', 'stop'] as const) {
      const modal = sayModal(inputWith(), choice, { channel: 'C0123ABCD' });
      expect(modalFaults(modal)).toEqual([]);
      expect(textOf(modal.blocks)).toContain('What follows: ');
      expect(modal.blocks.filter(({ type }) => type === 'input')).toHaveLength(choice === 'answer' ? 2 : 1);
    }
  });

  it('with more fields than a modal is for is answered on the command line', () => {
    const fields = Array.from({ length: 9 }, (_, index) => ({ name: `f${index}`, field: `task:/f${index}`, types: [] }));
    expect(actionsOf(cardMessage(inputWith({ question: { fields } })).blocks)).not.toContain(INPUT_ACTIONS.answer);
    expect(textOf(cardMessage(inputWith({ question: { fields } })).blocks)).toContain('--set f8=VALUE');
    const long = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`.padEnd(120, 'x'), field: `task:/${index}`, types: ['string'] }));
    expect(messageFaults(cardMessage(inputWith({ question: { fields: long } })).blocks)).toEqual([]);
  });
});

/** Everything that a client could make a mention, a link or something hidden of. */
const NASTY = fc.constantFrom('<!channel>', '<@U0ADA>', '<#C1|x>', '@here', 'https://evil.example/x', 'www.evil.example', 'evil.com', 'mailto:a@b.example', '<https://x|y>', '\u202e', '\u200b', '\u2066', '`', '```', '*x*', '_x_', '&lt;', '\u0000', '\n', '|', '\u{E0041}', 'x'.repeat(4_000), ':tada:', '<!date^1^{time}|x>');
const agentText = fc.array(fc.oneof(NASTY, fc.string({ unit: 'grapheme', maxLength: 30 })), { maxLength: 12 }).map((parts) => parts.join(''));
const args = fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.oneof(agentText, fc.integer(), fc.boolean(), fc.array(agentText, { maxLength: 4 })), { minKeys: 1, maxKeys: 20 }).map((value): JsonObject => ({ ...value }));

const parsed = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(parsed);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text } = value as { readonly type?: unknown; readonly text?: unknown };
  return [...(type === 'mrkdwn' && typeof text === 'string' ? [text] : []), ...Object.values(value).flatMap(parsed)];
};

describe('whatever an agent, a tool or a person writes', () => {
  it('makes no mention, no link and no block, hides nothing, and keeps within what Slack takes', () => {
    fc.assert(
      fc.property(args, agentText, fc.boolean(), (given, text, isProse) => {
        const keys = Object.keys(given);
        const card = cardWith({
          args: given,
          opened: { reasons: [{ rule: 'rule', code: 'rule.asks', message: text.slice(0, 2_000).toWellFormed() }], preview: 'pending' },
          facts: { prose: isProse ? keys.filter((key) => typeof given[key] === 'string').map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`) : [], people: [text.slice(0, 200).toWellFormed()] },
          changes: [{ what: 'previewed', preview: { kind: 'read', changes: [{ field: text.slice(0, 100).toWellFormed(), now: text.slice(0, 400).toWellFormed(), after: 1 }], hash: sha256('p') } }, { what: 'rejected', by: text.slice(0, 100).toWellFormed(), reason: text.slice(0, 400).toWellFormed() }],
        });
        const message = cardMessage(card);
        const modals = [approveModal(card, AT, true), denyModal(card, AT)];
        expect(messageFaults(message.blocks)).toEqual([]);
        for (const modal of modals) expect(modalFaults(modal)).toEqual([]);
        const all = [message.blocks, ...modals.map(({ blocks }) => blocks)];
        // The only text that Slack parses is a time of ours.
        for (const markup of all.flatMap(parsed)) expect(markup).toMatch(/^(answer until|may be taken back until) <!date\^\d+\^\{date_short_pretty\} at \{time\}\|[\d :-]+ UTC>$/);
        expect(message.text).not.toMatch(/[<>&@]/);
        for (const shown of all.map((blocks) => textOf(blocks).replace(/<!date[^>]*>/g, ''))) expect(shown.replaceAll('\n', '')).not.toMatch(/(?<!\[)@(?!\])|[\p{Cc}\p{Cf}]|<[!@#]|:\/\/|www\.\S/u);
      }),
      { numRuns: 300 },
    );
  });

  it('is no mention and no link on a card of what a run asks either', () => {
    fc.assert(
      fc.property(agentText, (text) => {
        const upTo = (length: number): string => text.slice(0, length).toWellFormed();
        const some = (length: number): string => upTo(length) || 'x';
        const card = inputWith({
          question: { message: upTo(1_000), fields: [{ name: some(120), field: some(300), types: ['string'] }], evidence: [{ id: some(64), sha256: sha256('e') }] },
          opened: { people: [some(200)] },
          changes: [{ what: 'claimed', by: upTo(200), until: '2026-01-02T03:34:05.000Z' }],
        });
        const { blocks } = cardMessage(card);
        const modal = sayModal(card, 'answer', { channel: 'C0123ABCD' });
        expect([...messageFaults(blocks), ...modalFaults(modal)]).toEqual([]);
        for (const markup of [...parsed(blocks), ...parsed(modal.blocks)]) expect(markup).toMatch(/^(answer|claimed) until <!date\^\d+\^\{date_short_pretty\} at \{time\}\|[\d :-]+ UTC>$/);
        for (const shown of [blocks, modal.blocks]) expect(textOf(shown).replace(/<!date[^>]*>/g, '').replaceAll('\n', ' ')).not.toMatch(/(?<!\[)@(?!\])|[\p{Cc}\p{Cf}]|<[!@#]|:\/\/|www\.\S/u);
      }),
      { numRuns: 200 },
    );
  });

  it('is shown whole on one line, with what cannot be seen by name', () => {
    expect(oneLine('pay\u202eeve\u200b\n now')).toBe('pay⟨U+202E⟩eve⟨U+200B⟩⟨U+000A⟩ now');
    expect(oneLine('see https://evil.example or mail a@b.example')).toBe('see https[:]//evil[.]example or mail a[@]b[.]example');
    expect(oneLine('look at evil.com.')).toBe('look at evil[.]com.');
    expect(oneLine('pay\u2800\u00a0\u3000\u2009now')).toBe('pay⟨U+2800⟩⟨U+00A0⟩⟨U+3000⟩⟨U+2009⟩now');
    expect(oneLine('Vie\u0323\u0302t a\u0301\u0301\u0301\u0301')).toBe('Vie\u0323\u0302t a\u0301\u0301⟨U+0301⟩⟨U+0301⟩');
    expect(oneLine('12.50 and v1.2.3')).toBe('12.50 and v1.2.3');
    expect(cutTo('abcdef', 4)).toBe('abcd… (2 more)');
  });
});
