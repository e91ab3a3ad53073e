import { describe, expect, it } from 'vitest';
import { patchesOf } from './fold/fold-event.js';
import { mergePatches } from './fold/merge-patches.js';
import { MERGING } from './fold/patch.js';
import { ADA, AGENT, BOB, GivenLog, GivenRun, UPSTREAM } from './given-log.spec-support.js';
import type { ActionRow, RunRow } from './tables.js';
import type { ApprovalSummary, EscalationSummary, Why } from './views.js';
import { whyOf } from './why.js';

const VOTERS = [
  { subject: ADA, roles: ['finance'] },
  { subject: BOB, roles: ['support'] },
  { subject: UPSTREAM, roles: ['finance'] },
];

const OPEN: ApprovalSummary = {
  id: 'approval-ticket-1',
  tenant: 'acme',
  workflow: 'refund-desk',
  run: 'run-1',
  step: 'refund',
  tool: 'payments.refund',
  status: 'pending',
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  actionHash: '',
  requestedAt: '2026-01-02T03:04:05.004Z',
  deadline: '2026-01-02T03:34:05.000Z',
  votes: [],
  sub: UPSTREAM,
  act: AGENT,
  authors: [],
  rules: ['refund_requires_approval'],
};

const blank = (table: 'runs' | 'actions'): Record<string, null> => Object.fromEntries([...MERGING[table].key, ...MERGING[table].first, ...MERGING[table].newest].map((column) => [column, null]));

const why = (tell: (run: GivenRun) => GivenRun, approvals: readonly ApprovalSummary[] = [], escalations: readonly EscalationSummary[] = []): Why => {
  const log = new GivenLog();
  tell(new GivenRun(log, 'ticket-1'));
  const merged = mergePatches(log.records.flatMap(patchesOf));
  const [run] = (merged.get('runs') ?? []).map((row) => ({ ...blank('runs'), ...row }) as unknown as RunRow);
  if (!run) throw new Error('the history has no run');
  return whyOf({ run, actions: (merged.get('actions') ?? []).map((row) => ({ ...blank('actions'), ...row }) as unknown as ActionRow), approvals, escalations }, VOTERS);
};

// oxlint-disable-next-line unicorn/no-thenable -- a text, as the answer calls it
const RUN_ENDS = { what: 'run', at: '2026-01-02T04:04:05.000Z', then: 'the run is closed as failed' };

const QUESTION: EscalationSummary = {
  id: 'escalation-ticket-1',
  tenant: 'acme',
  workflow: 'refund-desk',
  run: 'run-1',
  step: 'refund',
  tool: 'payments.refund',
  reason: 'effect.unknown',
  message: 'nobody knows whether it was done',
  choices: ['done', 'not-done', 'stop'],
  role: 'support',
  escalateTo: ['finance'],
  askedAt: '2026-01-02T03:04:05.006Z',
  deadline: '2026-01-02T03:34:05.000Z',
  otherwise: 'unknown',
  status: 'open',
};

describe('why a run waits', () => {
  it('names who is asked, until when, and what comes then: the time of the question, and not that of the run', () => {
    const asking = (run: GivenRun): GivenRun => run.submitted().started().proposed().allowed().attempted().unknown(false).observed('unknown').inputRequested();
    expect(why(asking, [], [QUESTION])).toMatchObject({
      run: { status: 'waiting', asking: QUESTION.id },
      waits: [{ step: 'refund', tool: 'payments.refund', for: 'people', escalation: QUESTION.id, message: 'somebody of support to answer: nobody knows whether it was done', since: QUESTION.askedAt, roles: ['support'], people: [BOB], until: QUESTION.deadline }],
      expiresNext: { what: 'escalation', at: QUESTION.deadline, then: 'the run ends as unknown' },
    });
    expect(why(asking, [], [{ ...QUESTION, escalatedAt: '2026-01-02T03:24:05.000Z' }]).waits).toMatchObject([{ roles: ['support', 'finance'], people: [ADA, BOB] }]);
    expect(why(asking, [], [{ ...QUESTION, role: 'finance' }]).waits).toMatchObject([{ people: [ADA] }]);
    expect(why(asking, [], [{ ...QUESTION, role: 'finance', reason: 'data.missing' }]).waits).toMatchObject([{ people: [ADA, UPSTREAM] }]);
  });

  it('names whoever is at work where a person has a step done once more', () => {
    const again = (run: GivenRun): GivenRun => run.submitted().started().proposed().allowed().attempted().unknown(false).observed('unknown').inputRequested().inputAnswered(ADA).proposed().allowed();
    expect(why(again)).toMatchObject({ waits: [{ step: 'refund', for: 'executor', message: 'the executor to begin' }] });
  });

  it('names the planner while the task was not taken up', () => {
    expect(why((run) => run.submitted())).toMatchObject({ run: { status: 'submitted' }, waits: [{ for: 'planner', message: 'the planner to take the task up', since: '2026-01-02T03:04:05.000Z' }] });
  });

  it('names policy for a proposal, and what ends the run', () => {
    expect(why((run) => run.submitted().started().proposed())).toMatchObject({ run: { status: 'running' }, waits: [{ step: 'refund', tool: 'payments.refund', for: 'policy', since: '2026-01-02T03:04:05.002Z' }], expiresNext: RUN_ENDS });
  });

  it('names approvals until it has asked', () => {
    expect(why((run) => run.started().proposed().asked())).toMatchObject({ waits: [{ for: 'approvals', message: 'people to be asked' }] });
  });

  it('names the people who can approve: with the role, and not whom the run acts for', () => {
    const { run, waits, expiresNext } = why((given) => given.started().proposed().asked().requested(), [OPEN]);
    expect(run).toMatchObject({ status: 'waiting', waitingOn: OPEN.id });
    expect(waits).toMatchObject([{ for: 'people', message: 'somebody of finance to approve', since: OPEN.requestedAt, until: OPEN.deadline, approval: OPEN.id, roles: ['finance'], quorum: 1, votes: 0, people: [ADA] }]);
    expect(expiresNext).toMatchObject({ what: 'approval', at: OPEN.deadline });
  });

  it('asks nobody twice, and counts who said yes', () => {
    const half: ApprovalSummary = { ...OPEN, quorum: 3, roles: [], votes: [{ voter: ADA, choice: 'approve', castAt: OPEN.requestedAt }] };
    expect(why((run) => run.started().proposed().asked().requested(), [half]).waits).toMatchObject([{ message: 'an approver to approve', quorum: 3, votes: 1, people: [BOB] }]);
  });

  it('names whom the run acts for alone, where a confirmation is asked', () => {
    const asked: ApprovalSummary = { ...OPEN, roles: [], confirmation: true, sub: ADA };
    const waits = (approval: ApprovalSummary): Why['waits'] => why((run) => run.started().proposed().asked().requested(), [approval]).waits;
    expect(waits(asked)).toMatchObject([{ for: 'people', message: 'whom the run acts for to confirm that it goes on', confirmation: true, people: [ADA] }]);
    expect(waits({ ...asked, sub: 'spiffe://countersign.local/human/somebody-who-left' })).toMatchObject([{ people: [] }]);
  });

  it('names policy once people have decided', () => {
    expect(why((run) => run.started().proposed().asked().requested(), [{ ...OPEN, status: 'granted' }]).waits).toMatchObject([{ for: 'policy' }]);
  });

  it('names the executor and the end of the grant, then the tool and the end of the call', () => {
    const allowed = (run: GivenRun): GivenRun => run.started().proposed().allowed();
    expect(why(allowed)).toMatchObject({ waits: [{ for: 'executor' }], expiresNext: { what: 'grant', at: '2026-01-02T03:05:05.000Z' } });
    expect(why((run) => allowed(run).attempted())).toMatchObject({ waits: [{ for: 'outside', message: 'the answer of the tool' }], expiresNext: { what: 'attempt', at: '2026-01-02T03:04:35.000Z' } });
    expect(why((run) => allowed(run).attempted().succeeded()).waits).toMatchObject([{ for: 'executor', message: 'the executor to read the effect back' }]);
    expect(why((run) => allowed(run).attempted().unknown(true)).waits).toMatchObject([{ for: 'executor' }]);
    expect(why((run) => allowed(run).attempted().failed(true)).waits).toMatchObject([{ for: 'executor', message: 'the executor to call the tool again' }]);
  });

  it('names the planner once the action has ended', () => {
    for (const end of [(run: GivenRun) => run.verified(), (run: GivenRun) => run.failed(false), (run: GivenRun) => run.unknown(false), (run: GivenRun) => run.succeeded(false), (run: GivenRun) => run.refused('action.hash')]) {
      expect(why((run) => end(run.started().proposed().allowed().attempted())).waits).toMatchObject([{ for: 'planner', message: 'the planner to take up how the action ended' }]);
    }
    expect(why((run) => run.started().proposed().denied()).waits).toMatchObject([{ for: 'planner', message: 'the planner to take up how the action ended' }]);
    expect(why((run) => run.started().invalid()).waits).toMatchObject([{ for: 'planner', message: 'the planner to take up how the action ended' }]);
  });

  it('names policy again for a grant that expired unused', () => {
    expect(why((run) => run.started().proposed().allowed().refused('expired')).waits).toMatchObject([{ for: 'policy', message: 'policy to decide again, since the grant expired' }]);
    expect(why((run) => run.started().proposed().allowed().refused('key.wrong')).waits).toMatchObject([{ for: 'policy', message: 'policy to decide again, since the grant could not be used' }]);
  });

  it('names an operator for what a mode holds, and the executor for what waits for an outcome', () => {
    expect(why((run) => run.started().proposed().allowed().refused('mode').deferred('stop')).waits).toMatchObject([{ for: 'people', message: 'an operator to resume: the mode of tenant:acme holds it', since: '2026-01-02T03:04:05.000Z' }]);
    expect(why((run) => run.started().proposed().allowed().refused('breaker.open').deferred('tool')).waits).toMatchObject([{ for: 'policy', message: 'policy to decide again: its tool is not called before 2026-01-02T03:04:35.000Z' }]);
    expect(why((run) => run.started().proposed().deferred('outcomes')).waits).toMatchObject([{ for: 'executor', message: 'the outcome of an earlier action of the run' }]);
    expect(why((run) => run.started().proposed().allowed().refused('mode')).waits).toMatchObject([{ for: 'policy', message: 'policy to decide again, since the grant is held by a mode' }]);
  });

  it('names the planner between two steps', () => {
    expect(why((run) => run.started().proposed().allowed().attempted().succeeded(false).observed()).waits).toMatchObject([{ for: 'planner', message: 'the planner to propose the next step or close the run', since: '2026-01-02T03:04:05.005Z' }]);
  });

  it('names nobody for a closed run, and says how it ended', () => {
    expect(why((run) => run.started().proposed().denied().closed('denied'))).toMatchObject({ run: { status: 'closed', outcome: 'denied' }, waits: [] });
  });
});
