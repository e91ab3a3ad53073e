import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { newEvent, type AnswerChoice, type EventData, type EventType } from '@countersign/contracts';
import { decideRun, dueRuns, evolveRuns, initialRuns, type AgentContract, type Output, type PlanContext, type PlannerState } from '@countersign/domain';
import { microUsd, minutes, sha256, type Instant, type JsonObject, type Principal } from '@countersign/kernel';
import { argumentFaults, readDocument } from '@countersign/tools';
import { but, NOW, write, type Written } from '@countersign/testing/given';
import { ACME, CONTRACT, controlsWith, GET_CHARGE, heard, PLAYBOOK, REFUND, REFUND_DESK, RUN, taskSubmitted } from '@countersign/testing/refund-desk';

/** The timelines of docs/escalations.md, played: contract, playbook and directory are read as files are, and the planner asks. */

const root = resolve(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/escalations.md'), 'utf8');

interface Setting {
  readonly escalation: JsonObject;
  readonly people: Readonly<Record<string, string>>;
  readonly task: JsonObject;
  readonly for?: string;
  readonly ask?: JsonObject;
}
interface Line {
  readonly text: string;
  readonly at: Instant;
  readonly act: string;
  readonly comes: string;
}

const lineOf = (text: string): Line => {
  const [, hour = '', minute = '', act = '', comes = ''] = /^(\d\d):(\d\d)\s*(.*?)\s*-> (.*)$/.exec(text) ?? [];
  return { text, at: (NOW + minutes(Number(hour) * 60 + Number(minute))) as Instant, act, comes };
};
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```\n```text\n([\s\S]*?)```/g)].map(([, setting = '', lines = '']) => ({ setting: parse(setting) as Setting, lines: lines.trim().split('\n').map(lineOf) }));
const person = (name: string): Principal => `spiffe://countersign.local/human/${name}` as Principal;

const read = <Kind extends 'contract' | 'playbook' | 'approvers'>(kind: Kind, body: JsonObject) => {
  const reading = readDocument(kind, body);
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
  return reading.document;
};

const worldOf = ({ escalation, people, ask }: Setting): { readonly contract: AgentContract; readonly context: PlanContext } => {
  const { escalation: asked } = read('contract', { id: 'desk', version: 1, owner: 'examples', tenants: ['acme'], workflow: 'refund-desk', accepts: [], input: {}, tools: {}, playbook: 'refund', escalation });
  if (!asked) throw new Error('nobody is asked');
  const contract = { ...CONTRACT, timeouts: { run: minutes(60 * 24) }, escalation: asked };
  const step = { id: 'refund', tool: REFUND.id, args: { charge: { task: '/charge' }, amount_cents: { task: '/amount_cents' } }, ...(ask && { ask }) };
  const { steps } = read('playbook', { id: 'refund', version: 1, steps: [step] });
  const directory = read('approvers', { people: Object.entries(people).map(([name, role], index) => ({ subject: person(name), name, public_key: String.fromCharCode(65 + index).repeat(43), roles: [role] })) });
  const controls = controlsWith({ contracts: [contract], tools: [GET_CHARGE, REFUND], playbooks: [{ ...PLAYBOOK, steps }], approvers: [{ ...directory, id: 'approvers', version: 1 }] });
  return { contract, context: { now: NOW, controls, trustDomain: 'countersign.local', argumentFaults, eventRoot: (ids) => sha256(ids.join()) } };
};

const OF_ATTEMPT = { jti: 'jti', attempt: 1 } as const;
const ENDS: Readonly<Record<string, readonly [EventType, object]>> = {
  verified: ['countersign.action.verified', { ...OF_ATTEMPT, found: sha256('found'), latencyMs: 1, usedMicroUsd: microUsd(1) }],
  unknown: ['countersign.action.unknown', { ...OF_ATTEMPT, code: 'timeout', latencyMs: 1, readBack: false, resolving: false }],
  diverged: ['countersign.action.diverged', { ...OF_ATTEMPT, faults: [{ pointer: '/amount_cents', message: 'differs' }], latencyMs: 1, usedMicroUsd: microUsd(1) }],
  denied: ['countersign.action.denied', { action: {}, reasons: [{ rule: 'no_refunds', code: 'rule.forbids', message: 'no refunds today' }], policySet: sha256('set'), controlEpoch: 3 }],
};

/** One run, what happens to it and what people say. */
class Play {
  private state: PlannerState = initialRuns();
  private written = 0;
  private heardSoFar = 0;
  private readonly world: ReturnType<typeof worldOf>;
  private question: EventData<'countersign.task.claimed'> | undefined;

  constructor(private readonly setting: Setting) {
    this.world = worldOf(setting);
  }

  /** What comes by itself. */
  pass(now: Instant): string {
    return dueRuns(this.state, { ...this.world.context, now }).map(({ cause, outgoing }) => this.fold({ event: {} as Written['event'], cause }, outgoing, now)).join('; ');
  }

  act(act: string, now: Instant): string {
    if (act === 'begins') {
      const task = taskSubmitted({ contract: this.world.contract, input: this.setting.task });
      const subject = this.setting.for;
      return this.hear(subject === undefined ? task : { ...task, event: { ...task.event, data: but(task.event.data, { subject: person(subject) }) } as Written['event'] }, now);
    }
    const end = ENDS[act];
    if (end) {
      const open = this.state.runs.get(RUN)?.steps.get('refund' as never);
      return this.hear(this.told('executor', end[0], { ...end[1], actionHash: open?.status === 'under-way' ? open.actionHash : '' }, now), now);
    }
    const [, name = '', what = '', rest = ''] = /^(\S+) (claims|says|answers)\s*(.*)$/.exec(act) ?? [];
    const { escalation = 'none', asked = sha256('none') } = this.state.runs.get(RUN)?.question ?? this.question ?? {};
    const word = { escalation, asked, by: person(name), reason: 'an example', word: { value: '{}', jws: 'signed' } };
    this.question = word;
    if (what === 'claims') return this.hear(this.told('gateway', 'countersign.task.claimed', word, now), now);
    const [field = '', value = ''] = rest.split('=');
    const said = what === 'says' ? { choice: rest as AnswerChoice } : { choice: 'answer', ...(rest !== '' && { given: { [`task:/${field}`]: value } }) };
    if (what === '') throw new Error(`nobody knows what \`${act}\` is`);
    return this.hear(this.told('gateway', 'countersign.task.answered', { ...word, ...said }, now), now);
  }

  private told(service: 'gateway' | 'executor', type: EventType, data: object, now: Instant): Written {
    return heard(newEvent({ service, type, tenant: ACME, workflow: REFUND_DESK, run: RUN, ...(service === 'executor' && { step: 'refund' as never }), subject: `${type}${(this.heardSoFar += 1)}`, now, data: data as never }), 'tasks', this.heardSoFar);
  }

  private hear(trigger: Written, now: Instant): string {
    return this.fold(trigger, decideRun(trigger.event, this.state, { ...this.world.context, now }), now);
  }

  private fold(trigger: Written, outputs: readonly Output[], now: Instant): string {
    for (const { event, cause } of write('planner', trigger.cause, outputs, this.written, now)) {
      this.written += 1;
      this.state = evolveRuns(this.state, event, cause);
    }
    return outputs.flatMap(textOf).join('; ');
  }
}

const SHORT: Readonly<Record<string, string>> = { 'countersign.run.input-claimed': 'claimed', 'countersign.run.input-reminded': 'reminded', 'countersign.action.proposed': 'proposed' };

const textOf = (output: Output): readonly string[] => {
  if (output.type === 'countersign.run.input-requested') return [`asks ${output.data.role}: ${output.data.reason}`];
  if (output.type === 'countersign.run.input-escalated') return [`escalated to ${output.data.to.join(', ')}`];
  if (output.type === 'countersign.run.answer-refused') return [`refused: ${output.data.code}`];
  if (output.type === 'countersign.run.closed') return [`ended: ${output.data.outcome}`];
  const word = SHORT[output.type];
  return word === undefined ? [] : [word];
};

describe('docs/escalations.md', () => {
  it('has an example for a missing value, a lost answer, whom the run acts for, others, nobody, and a playbook in doubt', () => expect(examples).toHaveLength(6));

  it.each(examples.map((example, index) => [index + 1, example] as const))('tells the truth in example %i', (_, { setting, lines }) => {
    const play = new Play(setting);
    for (const { text, at, act, comes } of lines) expect([text, act === '' ? play.pass(at) : play.act(act, at)]).toEqual([text, comes]);
  });
});
