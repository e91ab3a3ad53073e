import { RISKS, type Risk, type ToolContract } from '@countersign/domain';
import { type Json, matchesGlob } from '@countersign/kernel';
import { andThen, type Reading } from './read-literal.js';
import { readWords } from './read-words.js';

const EFFECTS = ['read', 'write'] as const;

/** Which tools a rule is about. */
export interface Scope {
  /** Pattern of tool ids. */
  readonly tools: string;
  readonly effects: readonly ToolContract['effect'][];
  /** The tool has one of these; empty: whatever it has. */
  readonly risks: readonly Risk[];
}

export const isInScope = ({ tools, effects, risks }: Scope, tool: ToolContract): boolean =>
  matchesGlob(tools, tool.id) && effects.includes(tool.effect) && (risks.length === 0 || risks.some((risk) => tool.risk.includes(risk)));

/** Reads `effect` and `risk`; absent, they limit nothing. */
export const readScopeKey = (key: 'effect' | 'risk', condition: Json | undefined): Reading<Partial<Scope>> => {
  if (condition === undefined) return { value: key === 'effect' ? { effects: EFFECTS } : { risks: [] } };
  return key === 'effect'
    ? andThen(readWords(key, condition, EFFECTS, false), (effects) => ({ value: { effects } }))
    : andThen(readWords(key, condition, RISKS, false), (risks) => ({ value: { risks } }));
};
