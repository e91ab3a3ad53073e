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
  message: 'data.missing: `charge_id` is missing',
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

describe('escalations', () => {
  it('are listed with who is asked, who is at work on it, and until when', () => {
    expect(escalationsTable([escalation({ claimed: { by: ADA, until: '2026-01-02T03:20:00.000Z' } }), escalation({ claimed: { by: ADA, until: '2026-01-02T03:00:00.000Z' } })], viewOf())).toMatchInlineSnapshot(`
      "QUESTION  EXPIRES  WHO      CLAIMED  REASON        RUN           WHAT
      EeFfGgHh  in 4h    support  ada      data.missing  run-AbCdEfGh  data.missing: \`charge_id\` is missing
      EeFfGgHh  in 4h    support  -        data.missing  run-AbCdEfGh  data.missing: \`charge_id\` is missing"
    `);
  });

  it('are shown with the reason, the evidence, who may answer, and what to type', () => {
    expect(escalationCard(escalation({ claimed: { by: GRACE, until: '2026-01-02T03:20:00.000Z' } }), viewOf(80))).toMatchInlineSnapshot(`
      "question EeFfGgHh  open, expires in 4h

        payments.refund: data.missing: \`charge_id\` is missing

        why        data.missing
        missing    charge_id (task:/charge_id), string
        asks       support
        may        ada, grace
        claimed    grace, until in 15m 55s
        escalates  in 3h to finance
        else       the run ends as invalid
        run        run-AbCdEfGh, step refund of acme/refund-desk
        evidence   event-0000000000000001 7692c3ad3540
                   event-0000000000000002 3fc4ccfe7458
        deadline   2026-01-02T07:04:05.000Z"
    `);
    expect(nextForEscalation(escalation(), viewOf())).toMatchInlineSnapshot(`
      "next: countersign escalations answer --set charge_id=VALUE --reason TEXT EeFfGgHh
            countersign escalations answer --say stop --reason TEXT EeFfGgHh"
    `);
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
  });
});
