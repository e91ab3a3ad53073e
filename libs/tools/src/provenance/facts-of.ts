import type { DestinationKind } from '@countersign/contracts';
import { modeOver, type ControlState, type Destination, type Facts, type Question, type Taint, type ToolContract } from '@countersign/domain';
import type { Instant, Json, JsonObject } from '@countersign/kernel';
import { findingsIn } from '../scan/scan.js';
import { KnownPlaces } from './known-places.js';
import { hostOfUrl } from './normalise-host.js';
import { normalise } from './normalise.js';
import { textsIn, valuesAt } from './pointers.js';

/** Equal to no place: what cannot be normalised goes nowhere that anybody knows. */
const NOWHERE = '';

const destinationOf = (kind: DestinationKind, given: Json, known: KnownPlaces): Destination => {
  const value = typeof given === 'string' || typeof given === 'number' ? normalise(kind, String(given)) : undefined;
  return { kind, value: value ?? NOWHERE, origin: known.originOf(kind, value) };
};

const destinationsOf = ({ destinations, fromTask }: ToolContract, args: JsonObject, known: KnownPlaces): readonly Destination[] => [
  ...destinations.flatMap(({ arg, kind }) => valuesAt(args, arg).map((given) => destinationOf(kind, given, known))),
  ...fromTask.flatMap((arg) => valuesAt(args, arg).map((given) => destinationOf('id', given, known))),
];

/** Free text that leaves with the call: what the contract names, else every text of a write that is not itself a place or the task's to say. */
const leavingTexts = ({ scan, effect, destinations, fromTask }: ToolContract, args: JsonObject): readonly string[] => {
  if (scan) return scan.flatMap((pointer) => valuesAt(args, pointer).flatMap((value) => (typeof value === 'object' && value !== null ? textsIn({ value }, []) : [String(value)])));
  return effect === 'write' ? textsIn(args, [...destinations.map(({ arg }) => arg), ...fromTask]) : [];
};

/** What is known of a call from the log and the configuration in force, never from what the agent says of itself. Pure. */
export const factsOf = ({ action, act, run, tool, contract }: Pick<Question, 'action' | 'act' | 'run' | 'tool' | 'contract'>, controls: ControlState, now: Instant): Facts => {
  const tenant = controls.active?.tenants.find(({ document }) => document.tenant === action.tenant)?.document;
  const known = new KnownPlaces({ run, contract: contract.document, tenant });
  const isKnownLink = (url: string): boolean => known.originOf('url', url) !== 'unknown' || known.originOf('host', hostOfUrl(url)) !== 'unknown';
  const taint: Taint[] = [...(run.untrusted.size > 0 ? (['untrusted'] as const) : []), ...(run.sensitive.size > 0 ? (['sensitive'] as const) : [])];
  return {
    destinations: destinationsOf(tool.document, action.args, known),
    taint,
    contains: findingsIn(leavingTexts(tool.document, action.args), isKnownLink),
    stage: contract.document.stage,
    // What a mode holds is not asked about; a read is, in a mode that holds writes.
    mode: modeOver(controls.stops, { tenant: action.tenant, workflow: action.workflow, run: action.run, tool: action.tool, agent: act }, 'write')?.mode ?? 'normal',
    now,
    replay: false,
  };
};
