import { describe, expect, it } from 'vitest';
import { sha256 } from '@countersign/kernel';
import type { EscalationView } from '../ledger/shapes.js';
import { ADA, GRACE, RUN, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { escalationCard, escalationsTable, nextForEscalation } from './escalation-text.js';

const QUESTION: EscalationView['question'] = {
  escalation: 'EeFfGgHhIiJjKkLlMmNnOo',
  reason: 'data.missing',
  step: 'refund' as EscalationView['question']['step'],
  tool: 'payments.refund',
  message: '`charge_id` is missing',
  evidence: [{ id: 'event-0000000000000002', sha256: sha256('two') }],
  choices: ['answer', 'stop'],
  fields: [{ name: 'charge_id', field: 'task:/charge_id', types: ['string'] }],
  role: 'support',
  escalateTo: ['finance'],
  escalateAt: '2026-01-02T06:04:05.000Z',
  otherwise: 'invalid',
  deadline: '2026-01-02T07:04:05.000Z',
};
const escalation = (change: Partial<EscalationView> = {}): EscalationView => {
  const { escalation: id, reason, step, tool, message, choices, role, escalateTo, otherwise, deadline } = QUESTION;
  return { id, tenant: 'acme', workflow: 'refund-desk', run: RUN, step, ...(tool !== undefined && { tool }), reason, message, choices, role, ...(escalateTo && { escalateTo }), otherwise, deadline, askedAt: '2026-01-02T03:00:05.000Z', status: 'open', question: QUESTION, event: { id: 'event-0000000000000001', sha256: sha256('one') }, people: [ADA, GRACE], ...change };
};
const TASK = { id: 'HD-20488-refund-1', source: '/helpdesk/tickets', type: 'refund.requested', input: { ticket: 'HD-20488', invoice_id: 'IN-2207', amount_cents: 500, message: 'I only have the invoice here, it is IN-2207. Ines', customer: { name: 'Ines' } }, event: { id: 'event-0000000000000000', sha256: sha256('zero') } };
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream';

describe('escalations', () => {
  it('are listed with who is asked, who is at work on it, and until when', () => {
    expect(escalationsTable([escalation({ claimed: { by: ADA, until: '2026-01-02T03:20:00.000Z' } }), escalation({ claimed: { by: ADA, until: '2026-01-02T03:00:00.000Z' } })], viewOf())).toMatchInlineSnapshot(`
      "QUESTION  EXPIRES  WHO      CLAIMED  REASON        RUN           WHAT
      EeFfGgHh  in 4h    support  ada      data.missing  run-AbCdEfGh  \`charge_id\` is missing
      EeFfGgHh  in 4h    support  -        data.missing  run-AbCdEfGh  \`charge_id\` is missing"
    `);
  });

  it('are shown with the reason, the evidence, who may answer, and what to type', () => {
    expect(escalationCard(escalation({ claimed: { by: GRACE, until: '2026-01-02T03:20:00.000Z' } }), viewOf(80))).toMatchInlineSnapshot(`
      "question EeFfGgHh  open, expires in 4h

        payments.refund: \`charge_id\` is missing

        why        data.missing
        missing    charge_id (task:/charge_id), string
        asks       support
        may        ada, grace
        claimed    grace, until in 15m 55s
        escalates  in 3h to finance
        else       the run ends as invalid
        run        run-AbCdEfGh, step refund of acme/refund-desk
        evidence   event-0000000000000001 7692c3ad3540, the question
                   event-0000000000000002 3fc4ccfe7458
        look       countersign runs show run-AbCdEfGh --events --json
        deadline   2026-01-02T07:04:05.000Z"
    `);
    expect(nextForEscalation(escalation(), viewOf())).toMatchInlineSnapshot(`
      "next: countersign escalations answer --set charge_id=VALUE --reason TEXT EeFfGgHh
            countersign escalations answer --say stop --reason TEXT EeFfGgHh"
    `);
  });

  it('are shown with what the task says, as the words of whoever handed it in', () => {
    const shown = escalationCard(escalation({ task: TASK, subject: UPSTREAM }), viewOf(80));
    expect(shown.split('\n').slice(2, 12).join('\n')).toMatchInlineSnapshot(`
      "  payments.refund: \`charge_id\` is missing

        the task, in the words of upstream of acme
          ticket         "HD-20488"
          invoice_id     "IN-2207"
          amount_cents   500
          message        "I only have the invoice here, it is IN-2207. Ines"
          customer.name  "Ines"

        why        data.missing"
    `);
    expect(shown).toContain('  task       HD-20488-refund-1 from /helpdesk/tickets');
    expect(shown).toMatch(/ event-0000000000000000 [0-9a-f]{12}, the task\n/);
  });

  it('show the beginning of a task that is long, how much is missing, and where all of it is', () => {
    const long = { ...TASK, input: { message: 'x'.repeat(5_000), ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field_${index}`, index])) } };
    const shown = escalationCard(escalation({ task: long, subject: UPSTREAM }), viewOf());
    expect(shown).toContain(`message   "${'x'.repeat(399)}… (4602 more letters)`);
    expect(shown).toContain('\n    and 11 more\n');
    expect(shown).toContain('look       countersign runs show run-AbCdEfGh --events --json');
  });

  it('are shown with what was said once they are answered', () => {
    const over = escalation({ status: 'answered', answeredBy: ADA, choice: 'answer', said: 'it stands in the order', endedAt: '2026-01-02T03:03:05.000Z' });
    expect(escalationCard(over, viewOf(80)).split('\n').at(-1)).toBe('  said      answer by ada: "it stands in the order"');
    expect(nextForEscalation(over, viewOf())).toBe('next: countersign runs show run-AbCdEfGh');
  });

  it('cannot be made to say something else by what strangers wrote', () => {
    const hostile = escalation({ message: 'x\n  may  everybody', question: Object.assign({}, QUESTION, { message: 'x\n  may  everybody\u001b[2J' }) });
    expect(escalationCard(hostile, viewOf())).toContain('x\\u000a  may  everybody\\u001b[2J');
    expect(escalationsTable([hostile], viewOf()).split('\n')).toHaveLength(2);
    const task = { ...TASK, id: 'x\n  may  nobody', input: { message: 'x"\n  may        everybody\u202e', 'y\n  may': 1 } };
    const lines = escalationCard(escalation({ task, subject: UPSTREAM }), viewOf()).split('\n');
    expect(lines.filter((line) => /^ {2}may /.test(line))).toEqual(['  may        ada, grace']);
    expect(lines).toContain(String.raw`    message       "x\"\n  may        everybody\u202e"`);
  });
});
