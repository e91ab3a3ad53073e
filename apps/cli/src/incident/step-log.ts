import type { Event, EventType } from '@countersign/contracts';
import type { AgentContract, Pinned, ToolContract } from '@countersign/domain';
import type { Undoing } from '../ledger/shapes.js';
import type { Logged } from '../runs/logged.js';

/** What is known of a step: the events of its run, causes before effects, and the files that they were under, as far as the ledger has them. */
export class StepLog {
  constructor(
    private readonly log: readonly Logged[],
    readonly step: string,
    readonly tool: Pinned<ToolContract> | undefined,
    readonly contract: Pinned<AgentContract> | undefined,
    readonly undoings: readonly Undoing[],
  ) {}

  /** Events of the step itself. */
  of<Type extends EventType>(...types: readonly Type[]): readonly Event<Type>[] {
    return this.ofRun(...types).filter(({ step }) => step === this.step);
  }

  /** Events of the whole run. */
  ofRun<Type extends EventType>(...types: readonly Type[]): readonly Event<Type>[] {
    return this.log.flatMap(({ event }) => (types.some((type) => type === event.type) ? [event as unknown as Event<Type>] : []));
  }

  /** Events of the run that stand before another one. */
  before<Type extends EventType>(event: Event | undefined, ...types: readonly Type[]): readonly Event<Type>[] {
    const at = event === undefined ? -1 : this.log.findIndex((logged) => logged.event.id === event.id);
    const earlier = new Set((at < 0 ? this.log : this.log.slice(0, at)).map((logged) => logged.event.id));
    return this.ofRun(...types).filter(({ id }) => earlier.has(id));
  }

  /** What the call would have done, as it was last proposed. */
  get proposal(): Event<'countersign.action.proposed'> | undefined {
    return this.of('countersign.action.proposed').at(-1);
  }

  /** The grant under which it was last called, else the newest. */
  get grant(): Event<'countersign.action.allowed'> | undefined {
    const grants = this.of('countersign.action.allowed');
    const attempt = this.of('countersign.attempt.started').at(-1);
    return grants.find(({ data }) => data.jti === attempt?.data.jti) ?? grants.at(-1);
  }
}

export const ids = (...events: readonly (Event | undefined)[]): readonly string[] => events.flatMap((event) => (event ? [event.id] : []));
