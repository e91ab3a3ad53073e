/** Something that the log says, and which of its events do. */
export interface Line {
  /** What it is about, in a word or two. */
  readonly label: string;
  readonly text: string;
  /** Ids of events; empty for what follows from a file alone. */
  readonly events: readonly string[];
}

/**
 * What a check made of a call. `passed`: it looked and let it go on. `stopped`: it held the call up, for good or until somebody else said yes.
 * `caught`: it found something wrong afterwards. `did-not-look`: nothing made it look at this call.
 */
export const GATE_VERDICTS = ['passed', 'stopped', 'caught', 'did-not-look'] as const;
export type GateVerdict = (typeof GATE_VERDICTS)[number];

export interface Gate extends Line {
  readonly verdict: GateVerdict;
}

/** One action and the questions about it, in the order in which they are asked after an incident. */
export interface IncidentStep {
  readonly step: string;
  readonly tool: string;
  readonly effect: 'read' | 'write';
  /** What became of it, in a word; and the id that the outside system gave. */
  readonly status: string;
  readonly outsideId?: string;
  readonly context: readonly Line[];
  readonly policy: readonly Line[];
  readonly call: readonly Line[];
  /** In the order in which the call met them. */
  readonly gates: readonly Gate[];
  readonly left: readonly Line[];
  readonly undo: readonly Line[];
}

/** Every event that is named, once. */
export const eventsNamed = (steps: readonly IncidentStep[], others: readonly Line[] = []): readonly string[] => [
  ...new Set([...steps.flatMap(({ context, policy, call, gates, left, undo }) => [context, policy, call, gates, left, undo].flat()), ...others].flatMap(({ events }) => events)),
];
