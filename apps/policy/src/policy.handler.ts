import type { Late, Moment, Outgoing, Received, Step } from '@countersign/bus';
import type { Cause, Event, EventType } from '@countersign/contracts';
import {
  answerInSlackFault,
  approverOf,
  authorsFor,
  consider,
  decideAction,
  decideDue,
  dueDecision,
  evolveDecisions,
  freezeDecisions,
  GRANT_ENDINGS,
  needsToken,
  initialDecisions,
  nextDecision,
  rightsFault,
  rolesFor,
  rolesThatAnswer,
  slackKeysAt,
  thawDecisions,
  toolByHash,
  type Consideration,
  type ControlState,
  type DecisionState,
  type Verdict,
  type Vote,
} from '@countersign/domain';
import { requestOf } from '@countersign/evaluation';
import { agentPrincipal, checkAnswer, checkSubject, checkUndo, extensionHolds, sealGrantToken, voicesHeard, type Sealing, type VoteContext } from '@countersign/identity';
import { CountersignError, type Instant } from '@countersign/kernel';
import { NO_APPROVALS, type Approvals } from '@countersign/policy-engines';
import { argumentFaults, periodsOf } from '@countersign/tools';
import type { Policies } from './policies.js';

/** Tasks, proposals, what people answered and voted, and how grants ended. */
export const POLICY_INPUTS = ['countersign.task.submitted', 'countersign.undo.ordered', 'countersign.run.input-answered', 'countersign.run.closed', 'countersign.action.proposed', 'countersign.approval.granted', 'countersign.approval.rejected', 'countersign.approval.expired', 'countersign.approval.withdrawn', ...GRANT_ENDINGS] as const satisfies readonly EventType[];

/** Decides proposals: allowed, denied, or a question to people. It calls no tool and no model. */
export class PolicyHandler implements Step<DecisionState, ControlState> {
  readonly service = 'policy';
  /** 1: ended actions are remembered. 2: what is known of open runs, and decisions that are put off. 3: budgets. 4: kills end open runs. 5: steps and time of days and months. 6: what would undo an action. 7: what people answered. */
  readonly stateVersion = 7;

  /** `signingKey`: policy's own; only grants of tools that take a token are signed with it a second time. `trustDomain`: of all for whom runs act. */
  constructor(
    private readonly policies: Pick<Policies, 'current'>,
    private readonly signingKey: Sealing['signingKey'],
    private readonly trustDomain: string,
  ) {}

  initialState(): DecisionState {
    return initialDecisions();
  }

  /** Throws where a task, an order to undo or an answer is in the name of a person who has not signed it: it becomes a dead letter, and nothing is granted in its run. */
  handle({ event }: Received, state: DecisionState, { now, controls }: Moment<ControlState>): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    const context = { now, controls, argumentFaults, periodsOf };
    const heard = consider(event, state, context);
    const considered = heard && withSoundVotes(heard, controls, now);
    const verdict = considered && this.verdictOn(considered, now, controls);
    const outputs = decideAction(event, considered, state, verdict ? { ...context, verdict } : context);
    // A task that is known already was checked under the directory of its time.
    if (event.type === 'countersign.task.submitted' && outputs.length > 0) checkSubject(event, controls.active?.approvers?.document, now, this.trustDomain);
    if (event.type === 'countersign.undo.ordered' && outputs.length > 0) checkUndo(event, controls.active?.approvers?.document, now);
    if (event.type === 'countersign.run.input-answered' && outputs.length > 0) this.checkAnswered(event, state, now, controls);
    return this.sealed(outputs, controls);
  }

  nextDue(state: DecisionState, controls: ControlState): Instant | undefined {
    return nextDecision(state, controls);
  }

  async due(state: DecisionState, { now, controls }: Moment<ControlState>): Promise<readonly Late[]> {
    const context = { now, controls, argumentFaults, periodsOf };
    const found = dueDecision(state, context);
    if (!found) return [];
    const due = { ...found, considered: withSoundVotes(found.considered, controls, now) };
    const verdict = this.verdictOn(due.considered, now, controls);
    const { cause, outgoing } = decideDue(due, state, verdict ? { ...context, verdict } : context);
    return [{ cause, outgoing: await this.sealed(outgoing, controls) }];
  }

  evolve(state: DecisionState, event: Event, cause: Cause): DecisionState {
    return evolveDecisions(state, event, cause);
  }

  freeze(state: DecisionState): unknown {
    return freezeDecisions(state);
  }

  thaw(frozen: unknown): DecisionState {
    return thawDecisions(frozen);
  }

  /** The planner says that the answer counts: who may give it, policy says itself, under the contract in force. */
  private checkAnswered(event: Event<'countersign.run.input-answered'>, state: DecisionState, now: Instant, controls: ControlState): void {
    const directory = controls.active?.approvers?.document;
    checkAnswer(event, directory, now, slackKeysAt(controls, now));
    const { tenant, workflow, run, data } = event;
    const context = run && state.contexts.get(run);
    if (tenant === undefined || workflow === undefined || !context) return;
    const agent = agentPrincipal(tenant, workflow, context.contract.id, this.trustDomain);
    const fault = answerInSlackFault(data, directory) ?? rightsFault(approverOf(controls, data.by), { choice: data.choice, subject: context.subject, agent, roles: rolesThatAnswer(controls, tenant, workflow) });
    if (fault) throw new CountersignError('SIGNER_WRONG', `\`${data.by}\` may not answer: ${fault.message}`);
  }

  /** With its token in each grant whose tool takes one. What needs none does not wait for it. */
  private sealed(outgoing: readonly Outgoing[], controls: ControlState): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    if (!outgoing.some((one) => isSealed(one, controls))) return outgoing;
    return Promise.all(
      outgoing.map(async (one) => {
        if (!isSealed(one, controls)) return one;
        // The core grants nothing of the kind without such a key.
        const encryptionKey = controls.keys.get(one.data.cnf)?.encryptionKey ?? '';
        const credential = await sealGrantToken(one.data, { signingKey: this.signingKey, encryptionKey });
        return { ...one, data: Object.assign({}, one.data, { credential }) };
      }),
    );
  }

  /** Absent where no engine has to answer, and where none can: the decision is a denial then. */
  private verdictOn(considered: Consideration, now: Instant, controls: ControlState): Verdict | undefined {
    const { question } = considered;
    if (!question) return undefined;
    return this.policies.current(controls)?.decide(requestOf(question, { controls, now, approvals: approvalsOf(considered, controls, now) }));
  }
}

const isSealed = (one: Outgoing, controls: ControlState): one is Extract<Outgoing, { readonly type: 'countersign.action.allowed' }> => one.type === 'countersign.action.allowed' && needsToken(one.data.action, controls);

/** What votes are held against, as far as policy knows it itself. */
const votesContext = ({ about: { action } }: Consideration, controls: ControlState, at: Instant): VoteContext => ({
  directory: controls.active?.approvers?.document,
  slackKeys: slackKeysAt(controls, at),
  authors: authorsFor(controls, action.tenant, action.workflow),
  tool: toolByHash(controls, action.toolContractHash)?.document,
  at,
});

/** People's yes to going over a limit counts only if each of their votes holds by itself. */
const withSoundVotes = (considered: Consideration, controls: ControlState, now: Instant): Consideration => {
  if (!considered.extension) return considered;
  const { extension, ...rest } = considered;
  return extensionHolds(extension, rest.about, votesContext(considered, controls, now)) ? considered : rest;
};

/** Votes whose signatures hold, for exactly this approval and action: the word of the approvals service is not enough. */
const approvalsOf = (considered: Consideration, controls: ControlState, now: Instant): Approvals => {
  const { approved, about } = considered;
  if (!approved || !controls.active?.approvers) return NO_APPROVALS;
  const { approval, tier, quorum, roles, fallback, previewHash } = approved;
  const given = { approval, tier, quorum, roles: [...roles], ...(fallback && { fallback: [...fallback] }), ...(previewHash !== undefined && { previewHash }), votes: [...approved.votes] };
  const voices = voicesHeard(given, about, votesContext(considered, controls, now));
  return { tier, votes: voices.map((voice): Vote => ({ voter: voice.voter.subject, roles: rolesFor(approved, voice) })) };
};
