/** What the judge remembers of a run: only what it is judged by. */
export interface RunFacts {
  readonly run: string;
  task: string;
  source: string;
  started: number;
  closed: ClosedFacts[];
  /** Grants by one-use id: the step, and how often each ended. */
  readonly grants: Map<string, { readonly step: string; ended: string[] }>;
  /** Steps that were proposed, and how often. */
  readonly proposed: Map<string, number>;
  /** Whether an event gives a person what it takes to look into an effect that nobody knows. */
  evidenced: boolean;
}

export interface ClosedFacts {
  readonly outcome: string;
  readonly reason: string;
  readonly cost: unknown;
  readonly sideEffects: readonly { readonly step: string; readonly tool: string; readonly state: string; readonly outsideId?: string }[];
}

/** What an upstream was told of one task. Repeats of one answer have one id. */
export interface AnswerFacts {
  readonly accepted: Set<string>;
  readonly refused: Set<string>;
  readonly finished: Map<string, ClosedFacts>;
}

interface EventBody {
  readonly type: string;
  readonly id: string;
  readonly run?: string;
  readonly step?: string;
  readonly data: Record<string, unknown>;
}

const newRun = (run: string): RunFacts => ({ run, task: '', source: '', started: 0, closed: [], grants: new Map(), proposed: new Map(), evidenced: false });

const closedOf = ({ outcome, reason, cost, sideEffects }: Record<string, unknown>): ClosedFacts => ({
  outcome: String(outcome),
  reason: String(reason),
  cost,
  sideEffects: sideEffects as ClosedFacts['sideEffects'],
});

/** `true` where the grant is over with this event; the rules of the executor's events, told once more. */
const endsGrant = (type: string, data: Record<string, unknown>): boolean => {
  switch (type) {
    case 'countersign.action.verified':
    case 'countersign.action.diverged':
    case 'countersign.grant.refused':
      return true;
    case 'countersign.action.succeeded':
      return data['readBack'] === false;
    case 'countersign.action.failed':
      return data['retrying'] === false;
    case 'countersign.action.unknown':
      return data['resolving'] === false;
    default:
      return false;
  }
};

const add = <Key>(map: Map<Key, number>, key: Key): void => void map.set(key, (map.get(key) ?? 0) + 1);

/** Collects what the events that count say of each run. */
/** `true` where somebody can look into it: the key and the calls are named, or policy has said that nobody knows. */
const evidences = (type: string, data: Record<string, unknown>): boolean => {
  switch (type) {
    case 'countersign.action.unknown':
      return data['resolving'] === false && ((data['evidence'] as { readonly calls?: readonly unknown[] } | undefined)?.calls ?? []).length > 0;
    case 'countersign.action.diverged':
      return true;
    case 'countersign.action.denied':
      return (data['reasons'] as readonly { readonly code: string }[]).some(({ code }) => code === 'effect.unknown');
    case 'countersign.grant.refused':
      return data['code'] === 'key.forgotten' && data['mayBeDone'] === true;
    default:
      return false;
  }
};

export class Facts {
  readonly runs = new Map<string, RunFacts>();
  readonly answers = new Map<string, AnswerFacts>();
  readonly types = new Map<string, number>();

  run(id: string): RunFacts {
    const found = this.runs.get(id) ?? newRun(id);
    this.runs.set(id, found);
    return found;
  }

  /** An event of the log that counts. */
  take(event: EventBody): void {
    add(this.types, event.type);
    if (event.run === undefined) return;
    const run = this.run(event.run);
    const { data, type, step = '' } = event;
    if (type === 'countersign.run.started') {
      run.started += 1;
      run.task = String(data['task']);
      run.source = String(data['source']);
    } else if (type === 'countersign.run.closed') run.closed.push(closedOf(data));
    else if (type === 'countersign.action.proposed') add(run.proposed, step);
    else if (type === 'countersign.action.allowed') this.grant(run, String(data['jti']), step);
    if (evidences(type, data)) run.evidenced = true;
    if (endsGrant(type, data)) this.grant(run, String(data['jti']), step).ended.push(type);
  }

  /** An answer to an upstream. */
  takeAnswer({ type, id, data }: EventBody): void {
    const key = `${String(data['source'])} ${String(data['task'])}`;
    const found = this.answers.get(key) ?? { accepted: new Set<string>(), refused: new Set<string>(), finished: new Map<string, ClosedFacts>() };
    this.answers.set(key, found);
    if (type === 'countersign.task.accepted') found.accepted.add(id);
    else if (type === 'countersign.task.refused') found.refused.add(id);
    else if (type === 'countersign.task.finished') found.finished.set(id, closedOf(data));
  }

  private grant(run: RunFacts, jti: string, step: string): { readonly step: string; ended: string[] } {
    const found = run.grants.get(jti) ?? { step, ended: [] };
    run.grants.set(jti, found);
    return found;
  }
}
