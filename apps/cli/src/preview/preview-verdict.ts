import { atPointer, type JsonObject } from '@countersign/kernel';
import type { Pinned, ToolContract, Verdict } from '@countersign/domain';
import { attributesRead, CedarEngine, type CompiledSet, type DecisionRequest, type Slice } from '@countersign/policy-engines';

/** A verdict, as far as it can be told. `open`: it depends on attributes that a step has to bring first. */
export type PreviewedVerdict = Verdict | { readonly effect: 'open'; readonly attributes: readonly string[]; readonly atLeast: 'allow' | 'ask' };

interface Call {
  readonly request: DecisionRequest;
  readonly tool: Pinned<ToolContract>;
  /** The arguments that are known. */
  readonly args: JsonObject;
  /** Names of the arguments that are not. */
  readonly unknown: readonly string[];
}

/** Attributes whose argument, or a part of it, is not known. */
const unknownAttributes = ({ tool, args, unknown }: Call): readonly string[] =>
  Object.entries(tool.document.attributes)
    .filter(([, { arg }]) => unknown.some((name) => arg === `/${name}` || arg.startsWith(`/${name}/`)) && atPointer(args, arg) === undefined)
    .map(([name]) => name);

const attributesIn = (slice: Slice): ReadonlySet<string> => new Set(slice.statements.flatMap(attributesRead));

/** The slice without what speaks of an attribute: rules only narrow, so without some of them a verdict can only be milder. */
const without = (slice: Slice, attributes: readonly string[]): Slice => ({
  ...slice,
  statements: slice.statements.filter((statement) => !attributesRead(statement).some((attribute) => attributes.includes(attribute))),
});

/** What policy would say to a call some of whose arguments are not known yet. Nothing is guessed. */
export const previewVerdict = (set: CompiledSet, call: Call): PreviewedVerdict => {
  const { tool, request } = call;
  const slice = set.slices.get(tool.document.id);
  const open = unknownAttributes(call).filter((name) => slice !== undefined && attributesIn(slice).has(name));
  const asked: CompiledSet = slice === undefined || open.length === 0 ? set : { ...set, slices: new Map([...set.slices, [tool.document.id, without(slice, open)]]) };
  const policy = new CedarEngine().prepare(asked);
  const verdict = policy.decide(request);
  policy.release();
  return open.length === 0 || verdict.effect === 'deny' ? verdict : { effect: 'open', attributes: open, atLeast: verdict.effect };
};
