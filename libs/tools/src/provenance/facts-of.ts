import type { DestinationKind } from '@countersign/contracts';
import { modeOver, reachesOut, type ControlState, type Destination, type Facts, type Question, type Taint, type ToolContract } from '@countersign/domain';
import { isSealed, type Instant, type Json, type JsonObject } from '@countersign/kernel';
import { findingsIn } from '../scan/scan.js';
import { KnownPlaces } from './known-places.js';
import { normalise } from './normalise.js';
import { textsIn, valuesAt } from './pointers.js';

/** Equal to no place: what cannot be normalised goes nowhere that anybody knows. */
const NOWHERE = '';

const destinationOf = (kind: DestinationKind, given: Json, known: KnownPlaces, undoes: boolean): Destination => {
  if (isSealed(given)) {
    const origin = known.originOfSealed(given);
    return { kind, value: NOWHERE, origin: undoes && origin !== 'task' ? 'log' : origin, sealed: true };
  }
  const value = typeof given === 'string' || typeof given === 'number' ? normalise(kind, String(given)) : undefined;
  const origin = known.originOf(kind, value);
  // Where an undoing goes, the action that it undoes has said, or its result.
  return { kind, value: value ?? NOWHERE, origin: undoes && value !== undefined && origin !== 'task' ? 'log' : origin };
};

const destinationsOf = ({ destinations, fromTask }: ToolContract, args: JsonObject, known: KnownPlaces, undoes: boolean): readonly Destination[] => [
  ...destinations.flatMap(({ arg, kind }) => valuesAt(args, arg).map((given) => destinationOf(kind, given, known, undoes))),
  ...fromTask.flatMap((arg) => valuesAt(args, arg).map((given) => destinationOf('id', given, known, undoes))),
];

/** What an address carries to its host: path and query, as a person would read them. All of it where it cannot be told apart. */
const carriedBy = (given: string, url: string | undefined): string =>
  (url === undefined ? given : url.slice(url.indexOf('/', url.indexOf('//') + 2))).replaceAll(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));

/** Addresses that the task did not say are texts that leave, too. */
const carried = ({ destinations }: ToolContract, args: JsonObject, known: KnownPlaces): readonly string[] =>
  destinations.flatMap(({ arg, kind }) =>
    valuesAt(args, arg).flatMap((given) => {
      if (kind !== 'url' || typeof given !== 'string') return [];
      const url = normalise(kind, given);
      return known.originOf(kind, url) === 'task' ? [] : [carriedBy(given, url)];
    }),
  );

/** Free text that leaves with the call: what the contract names, else every text of a call that leaves, but what is itself a place or the task's to say. */
const leavingTexts = (tool: ToolContract, args: JsonObject, known: KnownPlaces): readonly string[] => {
  const { scan, destinations, fromTask } = tool;
  if (scan) return scan.flatMap((pointer) => valuesAt(args, pointer).flatMap((value) => (typeof value === 'object' && value !== null ? textsIn({ value }, []) : [String(value)])));
  return reachesOut(tool) ? [...textsIn(args, [...destinations.map(({ arg }) => arg), ...fromTask]), ...carried(tool, args, known)] : [];
};

/** What is known of a call from the log and the configuration in force, never from what the agent says of itself. Pure. */
export const factsOf = ({ action, act, run, tool, contract, undoes }: Pick<Question, 'action' | 'act' | 'run' | 'tool' | 'contract' | 'undoes'>, controls: ControlState, now: Instant): Facts => {
  const tenant = controls.active?.tenants.find(({ document }) => document.tenant === action.tenant)?.document;
  const known = new KnownPlaces({ run, contract: contract.document, tenant });
  // The address itself: path and query carry what they are given to any host.
  const isKnownLink = (url: string): boolean => known.originOf('url', url) !== 'unknown';
  const taint: Taint[] = [...(run.untrusted.size > 0 ? (['untrusted'] as const) : []), ...(run.sensitive.size > 0 ? (['sensitive'] as const) : [])];
  return {
    destinations: destinationsOf(tool.document, action.args, known, undoes === true),
    taint,
    contains: findingsIn(leavingTexts(tool.document, action.args, known), isKnownLink),
    stage: contract.document.stage,
    // What a mode holds is not asked about; a read is, in a mode that holds writes.
    mode: modeOver(controls.stops, { tenant: action.tenant, workflow: action.workflow, run: action.run, tool: action.tool, agent: act }, 'write')?.mode ?? 'normal',
    now,
    replay: false,
  };
};
