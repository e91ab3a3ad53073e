import type { ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import type { PreparedPolicy } from '@countersign/policy-engines';
import { shortId } from '../../terminal/short.js';
import { Changes } from '../changes.js';
import type { ControlHistory } from './control-history.js';
import { decideAgain, decidedAt, recordedVerdict } from './decided-again.js';
import { isFirst, type Decided } from './walk-decisions.js';

/** A candidate configuration, held against what was decided. */
export interface Candidate {
  readonly controls: ControlState;
  readonly policy: PreparedPolicy;
  readonly history: Pick<ControlHistory, 'at' | 'policyOf'>;
  /** Decisions before it are not looked at. */
  readonly since: Instant;
  readonly trustDomain?: string | undefined;
}

export class LogComparison {
  readonly changes = new Changes();
  /** Decisions that the rules of then do not give again: a budget was spent, an engine gave no answer. No rules would have changed them. */
  notOfRules = 0;
  #mixed: { readonly then: ControlState; readonly controls: ControlState } | undefined;

  constructor(private readonly candidate: Candidate) {}

  add(decided: Decided): void {
    const { event } = decided;
    const { history, policy, since, trustDomain } = this.candidate;
    if (decidedAt(event) < since || !isFirst(decided)) return;
    const then = history.at(event.data.controlEpoch);
    const before = recordedVerdict(event);
    const after = decideAgain(decided, { controls: this.mixed(then), policy, trustDomain })?.verdict;
    if (!after) return;
    if (after.effect !== before.effect) {
      const old = history.policyOf(then);
      const again = old && decideAgain(decided, { controls: then, policy: old, trustDomain })?.verdict;
      if (again?.effect !== before.effect) {
        this.notOfRules += 1;
        return;
      }
    }
    const { tenant, workflow, run, step, tool } = event.data.action;
    this.changes.add(before, after, () => ({ tool, tenant, workflow, call: `${shortId(run)} ${step} at ${event.time}` }));
  }

  /** The candidate's files among the keys and stops of then: only the files are what is tried. */
  private mixed(then: ControlState): ControlState {
    const { active, files } = this.candidate.controls;
    if (this.#mixed?.then !== then) this.#mixed = { then, controls: { ...then, files, ...(active && { active }) } };
    return this.#mixed.controls;
  }
}
