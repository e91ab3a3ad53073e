/** Names of what holds of a tool whatever the rules say. They have dots, which names of rules in files have not. */
export const BUILT_IN_RULES = ['stage.draft', 'stage.suggest', 'provenance.destination', 'provenance.rule-of-two'] as const;

export type BuiltInRule = (typeof BUILT_IN_RULES)[number];
