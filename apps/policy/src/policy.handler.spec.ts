import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LogRecord, Moment, Received } from '@countersign/bus';
import { encodeEvent, newEvent, type SignedVote } from '@countersign/contracts';
import type { ControlState, DecisionState, Output, Verdict } from '@countersign/domain';
import { answerBytes, bytesOfTask, keyIdOf, openGrantToken, rawEncryptionKeyOf, rawPublicKeyOf, signAsPerson, undoOrderBytes } from '@countersign/identity';
import { hours, microUsd, runIdOf, sha256, timestamp, type Instant, type Principal, type RunId, type Sha256 } from '@countersign/kernel';
import type { DecisionRequest, PolicyEngine } from '@countersign/policy-engines';
import { given, NOW, type Given, type Written } from '@countersign/testing/given';
import { ACME, ADA, AGENT, APPROVERS, CONTRACT, controlsWith, GET_CHARGE, GRACE, heard, openedRun, proposalOf, REFUND, REFUND_DESK, RUN, taskSubmitted, UPSTREAM } from '@countersign/testing/refund-desk';
import { Policies } from './policies.js';
import { PolicyHandler } from './policy.handler.js';

const ADAS = generateKeyPairSync('ed25519').privateKey;
const GRACES = generateKeyPairSync('ed25519').privateKey;
const POLICYS = generateKeyPairSync('ed25519').privateKey;
const directory = { ...APPROVERS, people: APPROVERS.people.map((person) => ({ ...person, publicKey: rawPublicKeyOf(person.subject === ADA ? ADAS : GRACES) })) };
const CONTROLS = controlsWith({ approvers: [directory] });

const ASK: Verdict = { effect: 'ask', reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'above 100' }], tier: 2, quorum: 1, roles: [], within: hours(24) };

const PROPOSAL = proposalOf(REFUND, 'refund');
const { actionHash, action } = PROPOSAL;
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;
const proposed = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', data: PROPOSAL }), 'proposals');

const received = ({ event, cause }: Written): Received => ({ event, topic: cause.topic, offset: cause.offset, sha256: cause.sha256 as Sha256, partition: 0, key: 'acme/refund-desk', record: {} as LogRecord });
const moment = (controls: ControlState): Moment<ControlState> => ({ now: NOW, partition: 0, controls, controlEpoch: controls.epoch });

/** Policy with an engine that answers `verdict`, and what the engine was asked. */
const world = (verdict: Verdict | 'refuses the set', controls = CONTROLS) => {
  const asked: DecisionRequest[] = [];
  const engine: PolicyEngine = {
    name: 'fixed',
    prepare: ({ hash }) => {
      if (verdict === 'refuses the set') throw new Error('no');
      return { hash, release: () => undefined, decide: (request) => (asked.push(request), verdict) };
    },
  };
  const handler = new PolicyHandler(new Policies(engine, { info: () => undefined, error: () => undefined }), POLICYS, 'countersign.local');
  const core = { service: 'policy', initialState: openedRun, evolve: (state: DecisionState, event: Written['event'], cause: Written['cause']) => handler.evolve(state, event, cause) } as const;
  const on = (trigger: Written) => (state: DecisionState): readonly Output[] => handler.handle(received(trigger), state, moment(controls)) as readonly Output[];
  return { asked, handler, on, so: given(core) };
};

interface Cast {
  readonly voter?: Principal;
  readonly signer?: Principal;
  readonly choice?: 'approve' | 'deny';
  readonly hash?: typeof actionHash;
  readonly approval?: string;
}
/** A ballot as a person signs it. */
const vote = (asking: string, { voter = ADA, signer = voter, choice = 'approve', hash = actionHash, approval = asking }: Cast = {}): SignedVote => {
  const value = encodeEvent(newEvent({ ...place, service: 'operator', type: 'countersign.ballot.cast', actor: voter, subject: voter, data: { approval, actionHash: hash, choice, voter, reason: 'checked' } }));
  const key = signer === ADA ? ADAS : GRACES;
  return { value: value.toString('utf8'), jws: signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key))) };
};
const approvalOf = (so: Given<DecisionState>): string => [...so.state.asks.keys()][0] ?? 'none';
const granted = (so: Given<DecisionState>, votes: readonly SignedVote[]): Written => heard(newEvent({ ...place, service: 'approvals', type: 'countersign.approval.granted', data: { approval: approvalOf(so), actionHash, votes: [...votes] } }), 'approvals');

describe('policy', () => {
  it('asks the engine about the action, the agent, and the attributes that the tool contract maps', () => {
    const { so, on, asked } = world({ effect: 'allow', rules: ['contract.refund-desk'] });
    expect(so.when(on(proposed))).toMatchObject([{ type: 'countersign.action.allowed', data: { actionHash, sub: UPSTREAM } }]);
    expect(asked).toMatchObject([{ agent: AGENT, tenant: ACME, workflow: REFUND_DESK, tool: 'payments.refund', destination: 'payments', approvals: { tier: 0, votes: [] } }]);
    expect(JSON.stringify(asked[0]?.attributes)).toContain('amount_usd');
  });

  it('adds the claims of a grant as a token where the tool takes one, and nowhere else', async () => {
    const tool = { ...REFUND, credential: 'token-exchange' } as const;
    const executors = generateKeyPairSync('ed25519').privateKey;
    const id = keyIdOf(rawPublicKeyOf(executors));
    const files = { approvers: [directory], tools: [GET_CHARGE, tool] };
    const announced = { key: id, service: 'executor', publicKey: rawPublicKeyOf(executors), announced: 100 } as const;
    const withKey = (encryptionKey?: string): ControlState => {
      const controls = controlsWith(files);
      return { ...controls, keys: new Map([[id, { ...announced, ...(encryptionKey !== undefined && { encryptionKey }) }]]) };
    };
    const asked = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', data: proposalOf(tool, 'refund') }), 'proposals');
    const decided = async (controls: ControlState) => world({ effect: 'allow', rules: [] }, controls).handler.handle(received(asked), openedRun(), moment(controls));

    const [grant] = await decided(withKey(rawEncryptionKeyOf(executors)));
    if (grant?.type !== 'countersign.action.allowed') throw new Error('no grant');
    const opened = await openGrantToken(grant.data, { signingKey: executors, now: NOW, policyKey: () => createPublicKey(POLICYS) });
    expect(opened).toMatchObject({ ok: true });
    expect(await decided(withKey())).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ code: 'executor.no-encryption-key' }] } }]);
    const { so, on } = world({ effect: 'allow', rules: [] });
    expect(so.when(on(proposed))[0]?.data).not.toHaveProperty('credential');
  });

  it('denies everything where the policy set cannot be used', () => {
    const { so, on } = world('refuses the set');
    expect(so.when(on(proposed))).toMatchObject([{ type: 'countersign.action.denied', data: { actionHash, reasons: [{ code: 'engine.unavailable' }] } }]);
  });

  it('asks the engine nothing about what is no question', () => {
    const { so, on, asked } = world({ effect: 'allow', rules: [] });
    expect(so.when(on(granted(so, [])))).toEqual([]);
    expect(asked).toEqual([]);
  });

  describe('about a task in the name of a person', () => {
    const HERS = runIdOf(ACME, REFUND_DESK, '/helpdesk', 'ticket-1', ADA);
    const handedIn = (signer: Principal | undefined): Written => {
      const { event } = taskSubmitted();
      if (event.type !== 'countersign.task.submitted') throw new Error('it is no task');
      const key = signer === ADA ? ADAS : GRACES;
      const signature = signer && signAsPerson(bytesOfTask({ tenant: ACME, workflow: REFUND_DESK, task: event.data }), key, keyIdOf(rawPublicKeyOf(key)));
      return heard({ ...event, data: Object.assign({}, event.data, { subject: ADA }, signature && { signature }) }, 'tasks');
    };
    const taken = (signer: Principal | undefined, controls = CONTROLS, state?: DecisionState) => {
      const { handler } = world(ASK, controls);
      return handler.handle(received(handedIn(signer)), state ?? handler.initialState(), moment(controls));
    };

    it('opens the run for that person, who has signed it', () => {
      expect(taken(ADA)).toMatchObject([{ type: 'countersign.context.opened', data: { subject: ADA } }]);
    });

    it('opens it also where somebody has handed in an unsigned task under the same id before', () => {
      expect(openedRun().contexts.get(RUN)).toMatchObject({ subject: UPSTREAM });
      expect(taken(ADA, CONTROLS, openedRun())).toMatchObject([{ type: 'countersign.context.opened', run: HERS, data: { subject: ADA } }]);
    });

    it('does not take the gateway’s word for it: nothing is granted in such a run', () => {
      expect(() => taken(undefined)).toThrow(expect.objectContaining({ code: 'SIGNATURE_MISSING' }));
      expect(() => taken(GRACE)).toThrow(expect.objectContaining({ code: 'SIGNER_WRONG' }));
      expect(() => taken(ADA, controlsWith({ approvers: [] }))).toThrow(expect.objectContaining({ code: 'SIGNER_UNKNOWN' }));
    });

    it('does not look again at one that it has taken up: people leave the directory, and runs go on', () => {
      const { so, on } = world(ASK);
      expect(taken(ADA, controlsWith({ approvers: [] }), so.handle(handedIn(ADA), on(handedIn(ADA))).state)).toEqual([]);
    });
  });

  describe('about an order to undo', () => {
    const undoes = { run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId, step: action.step };
    const orderedBy = (signer: Principal): readonly Output[] => {
      const { handler } = world(ASK);
      const state = handler.initialState();
      state.undoable.add(undoes, { undo: { tool: 'payments.refund.reverse', argsHash: actionHash }, until: (NOW + hours(1)) as Instant }, NOW);
      const value = undoOrderBytes({ id: 'order-1', time: timestamp(NOW), tenant: ACME, workflow: REFUND_DESK, ...undoes, by: ADA, reason: 'the wrong customer' });
      const key = signer === ADA ? ADAS : GRACES;
      const order = { value: value.toString(), jws: signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key))) };
      const event = newEvent({ ...place, service: 'gateway', type: 'countersign.undo.ordered', data: { undoes, by: ADA, reason: 'the wrong customer', order } });
      return handler.handle(received(heard(event, 'tasks')), state, moment(CONTROLS)) as readonly Output[];
    };

    it('opens a run for whoever has signed it, and does not take the gateway’s word for that', () => {
      expect(orderedBy(ADA)).toMatchObject([{ type: 'countersign.context.opened', data: { subject: ADA, undoes } }]);
      expect(() => orderedBy(GRACE)).toThrow(expect.objectContaining({ code: 'SIGNER_WRONG' }));
    });
  });

  const votesCounted = (votesFor: (approval: string) => readonly SignedVote[], controls = CONTROLS): unknown => {
    const { so, on, asked } = world(ASK, controls);
    const waiting = so.handle(proposed, on(proposed));
    waiting.when(on(granted(waiting, votesFor(approvalOf(waiting)))));
    return asked.at(-1)?.approvals;
  };

  it('counts a vote whose signature holds, with the roles that the directory gives', () => {
    expect(votesCounted((approval) => [vote(approval), vote(approval, { voter: GRACE })])).toEqual({ tier: 2, votes: [{ voter: ADA, roles: ['finance'] }, { voter: GRACE, roles: ['finance', 'support'] }] });
  });

  it.each([
    ['signed by somebody else', (approval: string) => vote(approval, { signer: GRACE })],
    ['that says no', (approval: string) => vote(approval, { choice: 'deny' })],
    ['on another approval', (approval: string) => vote(approval, { approval: 'another' })],
    ['on another action', (approval: string) => vote(approval, { hash: sha256('another') })],
    ['whose bytes were changed', (approval: string) => ({ jws: vote(approval).jws, value: vote(approval).value.replace('checked', 'Checked') })],
    ['of somebody whom the directory does not know', (approval: string) => vote(approval, { voter: 'spiffe://countersign.local/human/mallory' as Principal })],
  ])('counts no vote %s, whatever the approvals service says', (_, cast) => {
    expect(votesCounted((approval) => [cast(approval)])).toEqual({ tier: 2, votes: [] });
  });

  it('counts two votes of one person once', () => {
    expect(votesCounted((approval) => [vote(approval), vote(approval)])).toEqual({ tier: 2, votes: [{ voter: ADA, roles: ['finance'] }] });
  });

  it('counts no vote where no directory is in force', () => {
    expect(votesCounted((approval) => [vote(approval)], controlsWith({ approvers: [] }))).toEqual({ tier: 0, votes: [] });
  });
});

describe('what a person answered to a run', () => {
  const DESK = { ...CONTRACT, escalation: { role: 'finance', within: hours(4), reasons: ['effect.unknown' as const] } };
  const controls = controlsWith({ contracts: [DESK], approvers: [directory] });
  const SAID = { id: 'answer-1', time: timestamp(NOW), tenant: ACME, workflow: REFUND_DESK, run: RUN, by: ADA, reason: 'there is no such refund', escalation: 'escalation-1', asked: sha256('question'), choice: 'not-done' } as const;
  const answered = (said: Partial<Parameters<typeof answerBytes>[0]> = {}, key = ADAS, told: object = {}): Written => {
    const whole = { ...SAID, ...said };
    const value = answerBytes(whole);
    const { escalation, asked, by, reason, choice, given: values, via } = whole;
    const data = { escalation, asked, by, reason, choice: choice as 'not-done', ...(via && { via }), ...(values && { given: values }), word: { value: value.toString(), jws: signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key))) }, step: action.step, ...told };
    return heard(newEvent({ ...place, service: 'planner', type: 'countersign.run.input-answered', data }), 'proposals');
  };
  const unknown = (so: Given<DecisionState>): Written => {
    const jti = [...so.state.grants.keys()][0] ?? 'none';
    return heard(newEvent({ ...place, service: 'executor', type: 'countersign.action.unknown', data: { jti, actionHash, attempt: 1, code: 'timeout', latencyMs: 1, readBack: false, resolving: false } }), 'executions');
  };
  const ended = (inForce: ControlState = controls) => {
    const { so, on } = world({ effect: 'allow', rules: [] }, inForce);
    const begun = so.handle(proposed, on(proposed));
    return { so: begun.handle(unknown(begun), on(unknown(begun))), on };
  };
  const again = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', subject: 'again', data: PROPOSAL }), 'proposals', 5);

  it('lets a step be granted once more, with the answer in the grant, and only once', () => {
    const { so, on } = ended();
    expect(so.when(on(again))).toEqual([]);
    const heardOf = so.handle(answered(), on(answered()));
    expect(heardOf.newest.event).toMatchObject({ type: 'countersign.context.answered', step: 'refund', data: { escalation: 'escalation-1', by: ADA, again: true, words: [] } });
    const grant = heardOf.handle(again, on(again));
    expect(grant.newest.event).toMatchObject({ type: 'countersign.action.allowed', data: { actionHash, again: { escalation: 'escalation-1' } } });
    const over = grant.handle(unknown(grant), on(unknown(grant)));
    const third = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', subject: 'third', data: PROPOSAL }), 'proposals', 7);
    expect(over.when(on(third))).toEqual([]);
  });

  it('is nothing for a step that policy has seen done', () => {
    const { so, on } = world({ effect: 'allow', rules: [] }, controls);
    const begun = so.handle(proposed, on(proposed));
    const jti = [...begun.state.grants.keys()][0] ?? 'none';
    const verified = heard(newEvent({ ...place, service: 'executor', type: 'countersign.action.verified', data: { jti, actionHash, attempt: 1, found: sha256('found'), latencyMs: 1, usedMicroUsd: microUsd(1) } }), 'executions');
    expect(begun.handle(verified, on(verified)).when(on(answered()))).toEqual([]);
  });

  it('counts as the words of the run where it gives what was missing', () => {
    const { so, on } = world({ effect: 'allow', rules: [] }, controls);
    const said = answered({ choice: 'answer', given: { 'task:/charge': 'ch_9' } });
    const known = so.handle(said, on(said));
    expect(known.state.contexts.get(RUN)).toMatchObject({ said: ['ch_9'], words: ['ch_1', '1200'] });
  });

  it.each([
    ['of another key', () => answered({}, GRACES), 'SIGNER_WRONG'],
    ['that says something else than was signed', () => answered({}, ADAS, { choice: 'resume' }), 'SIGNATURE_INVALID'],
    ['for another run', () => answered({ run: runIdOf(ACME, REFUND_DESK, '/helpdesk', 'other') }), 'SIGNATURE_INVALID'],
    ['of last week', () => answered({ time: timestamp((NOW - hours(200)) as Instant) }), 'SIGNATURE_INVALID'],
  ])('%s is a dead letter, and lets nothing be done', (_, said, code) => {
    const { so, on } = ended();
    expect(() => so.when(on(said()))).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('is let in from Slack where the Slack service has signed it for whoever pressed, and never that a call was not done', () => {
    const inSlack = controlsWith({ contracts: [DESK], approvers: [{ ...directory, people: directory.people.map((person) => (person.subject === ADA ? { ...person, slack: 'T0ACME/U0ADA' } : person)) }] });
    const [slack, id] = [GRACES, keyIdOf(rawPublicKeyOf(GRACES))];
    const there = { ...inSlack, keys: new Map([...inSlack.keys, [id, { key: id, service: 'slack' as const, publicKey: rawPublicKeyOf(slack), announced: 1 }]]) };
    const via = { slack: { team: 'T0ACME', user: 'U0ADA' } };
    const { so, on } = ended(there);
    const pressed = answered({ choice: 'resume', via }, slack);
    expect(so.handle(pressed, on(pressed)).newest.event).toMatchObject({ type: 'countersign.context.answered', data: { by: ADA, again: true } });
    expect(() => so.when(on(answered({ choice: 'not-done', via }, slack)))).toThrow('is not said in Slack');
    expect(() => so.when(on(answered({ choice: 'resume', via }, ADAS)))).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }) as Error);
    expect(() => so.when(on(answered({ choice: 'resume', via: { slack: { team: 'T0ACME', user: 'U0GRACE' } } }, slack)))).toThrow(expect.objectContaining({ code: 'SIGNER_WRONG' }) as Error);
  });

  it('of a person whom the contract does not ask is a dead letter, whatever the planner says', () => {
    const asksSupport = controlsWith({ contracts: [{ ...DESK, escalation: { ...DESK.escalation, role: 'support' } }], approvers: [directory] });
    const { so, on } = world({ effect: 'allow', rules: [] }, asksSupport);
    expect(() => so.when(on(answered()))).toThrow('may not answer');
  });
});
