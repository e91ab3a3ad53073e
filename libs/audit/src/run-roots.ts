import { eventRoot, parseCauses, type Event } from '@countersign/contracts';

/** Events of one run that the planner writes at once, at most: more than any playbook's steps that can end together. */
const MOST_TOGETHER = 64;

interface Seen {
  readonly id: string;
  readonly causes: readonly string[];
}

/** What the planner says at the end of a run, of all that it had read and written of it, held against what is there. Takes the events of `proposals` in their order. */
export class RunRoots {
  private readonly runs = new Map<string, Seen[]>();
  verified = 0;

  /** Says what is wrong with the end of a run. */
  take(event: Event): string | undefined {
    const { run } = event;
    if (run === undefined) return undefined;
    const causes = (parseCauses(event.causes) ?? []).map(({ id }) => id);
    if (event.type === 'countersign.run.started') this.runs.set(run, []);
    const seen = this.runs.get(run);
    // It began before the archive did.
    if (!seen) return undefined;
    // Whoever was refused is told; the run itself is not touched by it, and its planner does not count it.
    if (event.type === 'countersign.run.answer-refused') return undefined;
    if (event.type !== 'countersign.run.closed') {
      seen.push({ id: event.id, causes });
      return undefined;
    }
    this.runs.delete(run);
    const { count, root } = event.data.events;
    const candidates = this.candidates(seen, causes);
    if (candidates.some((ids) => ids.size === count && eventRoot([...ids].toSorted()) === root)) {
      this.verified += 1;
      return undefined;
    }
    const [most] = candidates;
    return `run \`${run}\` ends with ${count} events, and the archive has ${most?.size === count ? 'others' : (most?.size ?? 0)}`;
  }

  /**
   * What the planner can have counted: all that it had written of the run and what that rests on, but for what it wrote together with the end,
   * which no reader can tell from what came before, and with the event that it ended the run for, where there was one.
   */
  private candidates(seen: readonly Seen[], causes: readonly string[]): readonly ReadonlySet<string>[] {
    return Array.from({ length: Math.min(seen.length, MOST_TOGETHER) + 1 }, (_, together) => {
      const before = seen.slice(0, seen.length - together).flatMap(({ id, causes: named }) => [id, ...named]);
      return [new Set(before), new Set([...before, ...causes.slice(0, 1)])];
    }).flat();
  }
}
