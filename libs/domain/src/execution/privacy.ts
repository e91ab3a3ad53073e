import type { EventData } from '@countersign/contracts';
import { sealOf, sealsIn, type JsonObject } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import type { Output } from '../output.js';
import type { Place } from './outputs.js';

/** What the executor does with keys of sealed values, by the path of a tool's request. It is asked like any other outside system: under a grant. */
export const PRIVACY_PATHS = ['/open', '/shred', '/retain'] as const;
export type PrivacyPath = (typeof PRIVACY_PATHS)[number];

export const isPrivacyPath = (path: string): path is PrivacyPath => PRIVACY_PATHS.some((each) => each === path);

const does = ({ adapter, request }: ToolContract, path: PrivacyPath): boolean => adapter === 'privacy' && request.path === path;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []);

/** Beside the first attempt, and so in the log before anything is opened: who is about to see what. */
export const accessed = (tool: ToolContract, place: Place, { jti, actionHash, action, sub }: EventData<'countersign.action.allowed'>): readonly Output[] => {
  if (!does(tool, '/open')) return [];
  const seals = sealsIn(action.args).flatMap((sealed) => sealOf(sealed) ?? []);
  const { until, reason } = action.args;
  return [{ type: 'countersign.ledger.accessed', ...place, data: { jti, actionHash, by: sub, runs: [...new Set(seals.map(({ run }) => run))], keys: [...new Set(seals.map(({ kid }) => kid))], until: textOf(until), reason: textOf(reason) } }];
};

/** Beside the end of an action that destroyed keys, or let go of what was kept for long enough. */
export const erased = (tool: ToolContract, place: Place, { jti, actionHash }: { readonly jti: string; readonly actionHash: EventData<'countersign.action.allowed'>['actionHash'] }, result: JsonObject | undefined): readonly Output[] => {
  const keys = textsOf(result?.['keys']);
  if (does(tool, '/shred')) return [{ type: 'countersign.key.shredded', ...place, data: { jti, actionHash, keys, reason: textOf(result?.['reason']) } }];
  if (!does(tool, '/retain')) return [];
  const { keys_before: keysBefore, answers_before: answersBefore, answers, held } = result ?? {};
  const data = { jti, actionHash, keys, answers: Number(answers ?? 0), held: Number(held ?? 0), ...(typeof keysBefore === 'string' && { keysBefore }), ...(typeof answersBefore === 'string' && { answersBefore }) };
  return [{ type: 'countersign.retention.applied', ...place, data }];
};
