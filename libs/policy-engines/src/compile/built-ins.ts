import { DEFAULT_APPROVAL_HOURS, DEFAULT_QUORUM, DEFAULT_TIER, leaves, tellsDestinations, type BuiltInRule, type ToolContract } from '@countersign/domain';
import { hours } from '@countersign/kernel';
import type { Ask, Statement, Test } from '../compiled-set.js';
import type { ReasonCode } from '../reason-codes.js';

/** Any approver: who knows better writes a stricter rule. */
const ASK: Ask = { tier: DEFAULT_TIER, quorum: DEFAULT_QUORUM, roles: [], within: hours(DEFAULT_APPROVAL_HOURS) };

const ask = (id: BuiltInRule, code: ReasonCode, when: readonly Test[], message: string): Statement => ({ kind: 'ask', id, code, when, message, ask: ASK });

/**
 * Where the task itself said whereto, or the contract lists the place, a person has decided already. A call that gives no place where it could
 * goes nowhere new; for a tool whose default is a place outside, a rule on `origin: none` says so.
 */
const NOT_SAID: Test = { fact: 'origin', any: ['tenant', 'unknown', 'vouched'] };

/**
 * What holds of a tool whatever the rules say; rules can only be stricter.
 * Both taints in one test would mean either of them: the rule of two needs both.
 */
export const builtIns = (tool: ToolContract): readonly Statement[] => [
  ...(tool.effect === 'write'
    ? ([
        { kind: 'deny', id: 'stage.draft' satisfies BuiltInRule, code: 'stage.draft', when: [{ fact: 'stage', any: ['draft'] }], message: 'the workflow is a draft, and nothing of it is executed' },
        ask('stage.suggest', 'stage.suggest', [{ fact: 'stage', any: ['suggest'] }], 'the workflow only suggests, and people agree to every write'),
      ] as const)
    : []),
  ...(tool.effect === 'write' && tellsDestinations(tool)
    ? [ask('provenance.destination', 'provenance.unknown', [{ fact: 'origin', any: ['unknown'] }], 'the call writes to a place that neither the task nor the tenant names')]
    : []),
  ...(leaves(tool)
    ? [
        ask(
          'provenance.rule-of-two',
          'rule-of-two',
          [{ fact: 'taint', any: ['untrusted'] }, { fact: 'taint', any: ['sensitive'] }, ...(tellsDestinations(tool) ? [NOT_SAID] : [])],
          'the run has read words of strangers and sensitive data, and the call has an effect outside that the task did not name',
        ),
      ]
    : []),
];
