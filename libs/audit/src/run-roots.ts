import { parseCauses, type Event } from '@countersign/contracts';
import type { Sha256 } from '@countersign/kernel';
import { leafHash, treeRoot } from '@countersign/tlog';

/** The root that the planner writes over the ids of a run's events, sorted. */
const rootOf = (ids: ReadonlySet<string>): Sha256 => treeRoot([...ids].toSorted().map((id) => leafHash(Buffer.from(id)))).toString('hex') as Sha256;

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
    if (event.type !== 'countersign.run.closed') {
      seen.push({ id: event.id, causes });
      return undefined;
    }
    this.runs.delete(run);
    const [trigger] = causes;
    // What was written with the end, for the same cause, was not read before it.
    const before = seen.filter(({ causes: [first] }) => trigger === undefined || first !== trigger);
    const ids = new Set([...before.flatMap(({ id, causes: named }) => [id, ...named]), ...(trigger === undefined ? [] : [trigger])]);
    const { count, root } = event.data.events;
    if (count === ids.size && root === rootOf(ids)) {
      this.verified += 1;
      return undefined;
    }
    return `run \`${run}\` ends with ${count} events, and the archive has ${ids.size === count ? 'others' : ids.size}`;
  }
}
