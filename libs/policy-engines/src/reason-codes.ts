/** Codes of reasons. The list is closed. */
export const REASON_CODES = {
  'rule.forbids': 'a rule denies the call',
  'rule.asks': 'a rule lets the call through once people agree',
  'provenance.unknown': 'a write goes to a place that neither the task nor the tenant names',
  'rule-of-two': 'words of strangers, sensitive data and an outside effect come together',
  'contract.window': 'the agent may not act at this time',
  'stage.draft': 'the workflow is a draft: nothing executes',
  'stage.suggest': 'the workflow only suggests: people agree to every write',
  'field.missing': 'a rule needs an attribute that the call, or the tool contract, does not give',
  'field.invalid': 'an attribute of the call is no value of its unit',
  'tool.unknown': 'no tool of this name is in the configuration',
  'agent.unknown': 'no agent contract covers the tenant and workflow, or the agent is of another one',
  'tool.not-permitted': 'the agent contract does not list the tool',
  'approval.unsatisfiable': 'no one person has a role that each of the asking rules accepts',
  'engine.error': 'the request or a rule could not be evaluated',
  'engine.unavailable': 'the engine gave no answer',
} as const;

export type ReasonCode = keyof typeof REASON_CODES;
