import { isJsonObject, sealedText, sealOf, type Json, type JsonObject, type RunId, type Seal } from '@countersign/kernel';
import type { RecordedCall } from './recorded-call.js';
import { placeOf } from './recorded-run.js';

/** Of nobody: what was sealed for another run stays another's. */
const ANOTHER_RUN = 'run-another';
const NO_KEY = 'A'.repeat(22);
const COMMITMENT_LENGTH = 43;

const standIn = (seal: Seal, number: number): string =>
  sealedText(`${Buffer.from(JSON.stringify({ ...seal, kid: NO_KEY, commitment: String(number).padStart(COMMITMENT_LENGTH, '0') })).toString('base64url')}..AA.AA.AA`);

/**
 * A sealed argument counts for the run that it was sealed for, and a recorded call is decided in a run of its own. Here each sealed value
 * becomes one that is sealed for that run, or for another where it was another's, and equal ones stay equal: rules see no more of them.
 * Nobody can open it, and nothing of what was sealed is left.
 */
export const withOwnSeals = (call: RecordedCall, run: RunId): RecordedCall => {
  const place = placeOf(call);
  const known = new Map<string, string>();
  const text = (given: string): string => {
    const seal = sealOf(given);
    if (!seal) return given;
    const isOwn = seal.tenant === place.tenant && seal.run === run;
    const made = known.get(given) ?? standIn({ ...seal, tenant: place.tenant, run: isOwn ? place.run : ANOTHER_RUN }, known.size + 1);
    known.set(given, made);
    return made;
  };
  const value = (given: Json): Json => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return (given as readonly Json[]).map(value);
    return isJsonObject(given) ? object(given) : given;
  };
  const object = (given: JsonObject): JsonObject => Object.fromEntries(Object.entries(given).map(([key, inner]) => [key, value(inner)]));
  const { task, args, history } = call;
  return {
    ...call,
    task: typeof task === 'string' ? text(task) : object(task),
    args: object(args),
    history: history.map((step) => ({ ...step, ...(step.args && { args: object(step.args) }), ...(step.result !== undefined && { result: value(step.result) }) })),
  };
};
