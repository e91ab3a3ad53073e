import type { DestinationKind } from '@countersign/contracts';
import { destinationPattern, matchesDestination, type AgentContract, type Origin, type RunContext, type TenantDocument } from '@countersign/domain';
import { kindsOfEntry } from './entry-kinds.js';
import { mentionsIn, type Mentions } from './mentions.js';
import { normalise } from './normalise.js';

/** Directories are long and the same for every call, so each is normalised once for each kind. */
const directories = new WeakMap<TenantDocument, Map<DestinationKind, ReadonlySet<string>>>();

const directoryOf = (tenant: TenantDocument, kind: DestinationKind): ReadonlySet<string> => {
  const kinds = directories.get(tenant) ?? new Map<DestinationKind, ReadonlySet<string>>();
  directories.set(tenant, kinds);
  const known = kinds.get(kind) ?? new Set(Object.values(tenant.directory).flatMap((list) => list.flatMap((text) => (kindsOfEntry(text).includes(kind) ? (normalise(kind, text) ?? []) : []))));
  kinds.set(kind, known);
  return known;
};

const vouchedIn = ({ vouched }: RunContext, kind: DestinationKind): ReadonlySet<string> => {
  const prefix = `${kind}:`;
  return new Set([...vouched].flatMap((key) => (key.startsWith(prefix) ? (normalise(kind, key.slice(prefix.length)) ?? []) : [])));
};

/** All that makes a place a known one for the calls of a run. */
export interface Knowledge {
  readonly run: RunContext;
  readonly contract: AgentContract;
  /** Absent where nothing is known of the tenant. */
  readonly tenant: TenantDocument | undefined;
}

/** Says of normalised places where they are known from; the words of a run are read once for each kind. */
export class KnownPlaces {
  private readonly kinds = new Map<DestinationKind, (value: string) => Origin>();

  constructor(private readonly knowledge: Knowledge) {}

  /** `value` is absent where it could not be normalised: nobody knows it then. */
  originOf(kind: DestinationKind, value: string | undefined): Origin {
    if (value === undefined) return 'unknown';
    const known = this.kinds.get(kind) ?? this.read(kind);
    this.kinds.set(kind, known);
    return known(value);
  }

  /** A sealed value is known where the very same one was said: the same text, sealed once more, is another. No directory has it, and no look-up vouches for it. */
  originOfSealed(sealed: string): Origin {
    const { words, said } = this.knowledge.run;
    if (words.includes(sealed)) return 'task';
    return said.includes(sealed) ? 'person' : 'unknown';
  }

  private read(kind: DestinationKind): (value: string) => Origin {
    const { run, contract, tenant } = this.knowledge;
    const words: readonly Mentions[] = run.words.map((text) => mentionsIn(kind, text));
    const said: readonly Mentions[] = run.said.map((text) => mentionsIn(kind, text));
    const patterns = contract.destinations.map(destinationPattern);
    const directory = tenant ? directoryOf(tenant, kind) : new Set<string>();
    const vouched = vouchedIn(run, kind);
    return (value) => {
      if (words.some((mentioned) => mentioned.has(value))) return 'task';
      if (said.some((mentioned) => mentioned.has(value))) return 'person';
      if (patterns.some((pattern) => matchesDestination(pattern, { kind, value }))) return 'contract';
      if (directory.has(value)) return 'tenant';
      return vouched.has(value) ? 'vouched' : 'unknown';
    };
  }
}
