import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { newEvent, type EventData, type EventType } from '@countersign/contracts';
import { consider, decideAction, decideApproval, dueApprovals, evolveApprovals, initialApprovals, type ApprovalState, type ControlState, type Output, type PolicyEffect } from '@countersign/domain';
import { minutes, timestamp, type Instant, type JsonObject, type Principal } from '@countersign/kernel';
import { argumentFaults, readDocument } from '@countersign/tools';
import { but, NOW, write, type Written } from '@countersign/testing/given';
import { ACME, controlsWith, heard, openedRun, proposalOf, REFUND, REFUND_DESK, RUN, UTC_PERIODS } from '@countersign/testing/refund-desk';

/** The timelines of docs/approvals.md, played: the rule and the directory are read as files are, policy asks, and people sign. */

const root = resolve(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/approvals.md'), 'utf8');

interface Setting {
  readonly rule: JsonObject;
  readonly people: Readonly<Record<string, string>>;
  readonly author?: string;
  readonly fallback?: readonly string[];
}
interface Line {
  readonly text: string;
  readonly at: Instant;
  readonly act: string;
  readonly comes: string;
}

const minuteOf = (clock: string): Instant => {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return (NOW + minutes(hour * 60 + minute)) as Instant;
};
const lineOf = (text: string): Line => {
  const [, clock = '', act = '', comes = ''] = /^(\d\d:\d\d)\s*(.*?)\s*(?:-> (.*))?$/.exec(text) ?? [];
  return { text, at: minuteOf(clock), act, comes };
};
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```\n```text\n([\s\S]*?)```/g)].map(([, setting = '', lines = '']) => ({ setting: parse(setting) as Setting, lines: lines.trim().split('\n').map(lineOf) }));

const person = (name: string): Principal => `spiffe://countersign.local/human/${name}` as Principal;

const read = <Kind extends 'policy' | 'approvers'>(kind: Kind, body: JsonObject) => {
  const reading = readDocument(kind, body);
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
  return reading.document;
};

const controlsOf = ({ people, author, fallback }: Setting): ControlState => {
  const directory = read('approvers', {
    people: Object.entries(people).map(([name, what], index) => {
      const [role = '', group = ''] = what.split(' of ');
      return { subject: person(name), name, public_key: String.fromCharCode(65 + index).repeat(43), roles: [role], group };
    }),
    ...(fallback && { fallback: [...fallback] }),
  });
  const controls = controlsWith({ approvers: [{ ...directory, id: 'approvers', version: 1 }] });
  return author === undefined ? controls : { ...controls, authors: new Map([...controls.authors].map(([hash]) => [hash, [person(author)]])) };
};

const SHORT = ['granted', 'rejected', 'expired', 'reminded'].map((end) => `countersign.approval.${end}`);

/** One question in one run, and what people say to it. */
class Play {
  private state: ApprovalState = initialApprovals();
  private written = 0;
  private asked: EventData<'countersign.approval.required'> | undefined;
  private readonly controls: ControlState;

  constructor(private readonly setting: Setting) {
    this.controls = controlsOf(setting);
  }

  /** What comes by itself. */
  pass(now: Instant): string {
    return dueApprovals(this.state, { now }).map(({ cause, outgoing }) => this.fold({ event: {} as Written['event'], cause }, outgoing, now)).join('; ');
  }

  act(act: string, now: Instant): string {
    if (act === 'asked') return this.ask(now);
    const [, name = ''] = /^(\S+)/.exec(act) ?? [];
    const what = act.slice(name.length + 1);
    const by = person(name);
    const [, to, until = ''] = /^lets (\S+) until (\S+)$/.exec(what) ?? /^is away(\s)until (\S+)$/.exec(what) ?? [];
    if (to !== undefined) return this.say(by, 'countersign.delegation.given', { delegation: `d-${name}`, ...(to.trim() !== '' && { to: person(to) }), roles: [], from: timestamp(now), until: timestamp(minuteOf(until)) }, now);
    const [, lasts] = /^consents for (\d+)m$/.exec(what) ?? [];
    if (lasts !== undefined) return this.say(by, 'countersign.consent.given', { consent: `c-${name}`, name: 'an example', tools: [REFUND.id], tier: 2, until: timestamp((now + minutes(Number(lasts))) as Instant) }, now);
    const { approval = '', actionHash } = this.asked ?? {};
    if (!actionHash) throw new Error('nobody was asked');
    if (what === 'escalates') return this.say(by, 'countersign.escalation.called', { approval, reason: 'an example' }, now);
    const [, typed, answer, inPlaceOf] = /^(typed )?(yes|no)(?: for (\S+))?$/.exec(what) ?? [];
    if (answer === undefined) throw new Error(`the page shows what no test can do: ${act}`);
    return this.say(by, 'countersign.ballot.cast', { approval, actionHash, choice: answer === 'yes' ? 'approve' : 'deny', voter: by, reason: '', ...(typed !== undefined && { stepUp: 'typed' as const }), ...(inPlaceOf !== undefined && { onBehalfOf: person(inPlaceOf) }) }, now);
  }

  private ask(now: Instant): string {
    const proposal = but(proposalOf(REFUND, 'refund'), { runDeadline: timestamp((NOW + minutes(48 * 60)) as Instant) });
    const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: proposal.action.step, now } as const;
    const proposed = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', data: proposal }), 'proposals');
    const context = { now, controls: this.controls, argumentFaults, periodsOf: UTC_PERIODS };
    const [rule] = read('policy', { policies: [{ name: 'example', if: { tool: '*' }, then: { action: 'require_human_approval', ...this.setting.rule } }] }).policies;
    const effect = rule?.then as Extract<PolicyEffect, { readonly action: 'require_human_approval' }>;
    const verdict = { effect: 'ask', reasons: [{ rule: 'example', code: 'rule.asks', message: 'an example' }], ...withoutAction(effect) } as const;
    const [question] = decideAction(proposed.event, consider(proposed.event, openedRun(), context), openedRun(), { ...context, verdict });
    if (question?.type !== 'countersign.approval.required') throw new Error(`policy asks nobody: ${JSON.stringify(question)}`);
    this.asked = question.data;
    return this.handle(heard(newEvent({ ...place, service: 'policy', type: question.type, data: question.data }), 'decisions'), now);
  }

  private say<Type extends EventType>(by: Principal, type: Type, data: EventData<Type>, now: Instant): string {
    const step = proposalOf(REFUND, 'refund').action.step;
    return this.handle(heard(newEvent({ service: 'operator', type, tenant: ACME, workflow: REFUND_DESK, run: RUN, step, actor: by, subject: `${by} ${now}`, data, now }), 'ballots'), now);
  }

  private handle(trigger: Written, now: Instant): string {
    const word = { value: trigger.event.id, jws: 'e30..AA', recordedAt: now };
    return this.fold(trigger, decideApproval(trigger.event, this.state, { now, controls: this.controls, word }), now);
  }

  private fold(trigger: Written, outputs: readonly Output[], now: Instant): string {
    const log = write('approvals', trigger.cause, outputs, this.written, now);
    this.written += log.length;
    for (const { event, cause } of log) this.state = evolveApprovals(this.state, event, cause);
    return outputs.flatMap((output) => this.inWords(output, outputs)).join('; ');
  }

  private inWords(output: Output, all: readonly Output[]): readonly string[] {
    const { type } = output;
    if (SHORT.includes(type)) return [type.replace('countersign.approval.', '')];
    if (type === 'countersign.approval.escalated') return [`escalated to ${output.data.to.join(', ')}`];
    if (type === 'countersign.approval.ballot-refused') return [`refused: ${output.data.code}`];
    const isDecided = all.some((other) => other.type === 'countersign.approval.granted' || other.type === 'countersign.approval.rejected');
    if (type !== 'countersign.approval.vote-cast' || isDecided) return [];
    return [`${this.state.open.get(output.data.approval)?.votes.length ?? 0} of ${this.asked?.quorum ?? 0}`];
  }
}

const withoutAction = ({ action: _action, ...rest }: Extract<PolicyEffect, { readonly action: 'require_human_approval' }>) => rest;

describe('docs/approvals.md', () => {
  it('has an example of each of them', () => {
    expect(examples.length).toBe(11);
  });

  it.each(examples.map(({ setting, lines }, index) => [index + 1, setting, lines] as const))('example %i comes as it stands there', (_, setting, lines) => {
    const play = new Play(setting);
    for (const { text, at, act, comes } of lines) {
      const passed = play.pass(at);
      const came = act === '' ? passed : [passed, play.act(act, at)].filter(Boolean).join('; ');
      expect(`${text} :: ${came}`).toBe(`${text} :: ${comes}`);
    }
  });
});
