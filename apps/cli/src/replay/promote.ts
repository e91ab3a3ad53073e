import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { policySetOf, type Verdict } from '@countersign/domain';
import { Evaluator, type RecordedCall } from '@countersign/evaluation';
import { CountersignError, isName, type Instant } from '@countersign/kernel';
import { compilePolicySet, engineOf, type EngineName } from '@countersign/policy-engines';
import { effectOf, INCIDENT_FILE, incidentCallsOf, incidentText, redacted, type Incident } from '@countersign/replay';
import type { Action } from '../command-context.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { readTape, type ArchivedTape, type TapeOptions } from './read-tape.js';

interface PromoteOptions extends TapeOptions {
  readonly as: string;
  readonly expect?: readonly string[];
  readonly into: string;
  readonly engine: EngineName;
}

type Effect = Verdict['effect'];

const EXPECTED = /^(?<step>.+)=(?<effect>allow|ask|deny)$/;

/** `refund=deny`: what is to be decided of a step from now on. */
export const expectationsOf = (given: readonly string[]): ReadonlyMap<string, Effect> =>
  new Map(
    given.map((text) => {
      const { step, effect } = EXPECTED.exec(text)?.groups ?? {};
      if (step === undefined) throw new CountersignError('USAGE', `\`--expect\` takes a step and \`allow\`, \`ask\` or \`deny\`, not \`${text}\``, { hint: 'such as `--expect refund=deny`' });
      return [step, effect as Effect];
    }),
  );

/** Decides as policy did when control `epoch` was the newest. */
const deciderAt = ({ controls }: Pick<ArchivedTape, 'controls'>, engine: EngineName, epoch: number): ((call: RecordedCall) => Verdict) => {
  const state = controls.at(epoch);
  const compilation = compilePolicySet(policySetOf(state));
  if (!compilation.ok) throw new CountersignError('CONFIG_INVALID', 'the policy set of then does not compile');
  const policy = engineOf(engine).prepare(compilation.set);
  const evaluator = new Evaluator({ controls: state, policy });
  return (call) => evaluator.decide(call, call.at ?? (0 as Instant));
};

/** A step whose decision rules alone do not give. */
interface LeftOut {
  readonly step: string;
  readonly was: Effect;
  readonly alone: Verdict;
}

const whyLeftOut = ({ step, was, alone }: LeftOut): string => {
  const reasons = alone.effect === 'allow' ? '' : ` (${alone.reasons.map(({ rule, code }) => `${rule} ${code}`).join(', ')})`;
  return `step \`${step}\` was \`${was}\`, and rules alone say \`${alone.effect}\`${reasons}`;
};

/** What is left of a run for a test: the decisions that rules made, without what people wrote. What rested on something else, such as a budget, is left out; whoever expects something of it is refused. */
export const promoted = (tape: Pick<ArchivedTape, 'controls' | 'runs'>, bundle: ArchivedTape['runs'][number], name: string, expect: ReadonlyMap<string, Effect>, engine: EngineName): { readonly incident: Incident; readonly leftOut: readonly LeftOut[] } => {
  const found = incidentCallsOf(bundle);
  const steps = found.map(({ step }) => String(step));
  const unknown = [...expect.keys()].find((step) => !steps.includes(step));
  if (unknown !== undefined) throw new CountersignError('USAGE', `nothing was decided on step \`${unknown}\``, { hint: `the run has ${steps.map((step) => `\`${step}\``).join(', ')}` });
  const safe = redacted(found.map(({ call }) => call));
  const deciders = new Map<number, (call: RecordedCall) => Verdict>();
  const decide = (call: RecordedCall, epoch: number): Verdict => {
    const known = deciders.get(epoch) ?? deciderAt(tape, engine, epoch);
    deciders.set(epoch, known);
    return known(call);
  };
  const leftOut: LeftOut[] = [];
  const calls = found.flatMap(({ step, call, decision }, index) => {
    const [was, epoch] = [effectOf(decision), decision.controlepoch ?? -1];
    const without = safe[index] ?? call;
    const alone = decide(call, epoch);
    if (alone.effect !== was) leftOut.push({ step, was, alone });
    else if (decide(without, epoch).effect !== was) throw new CountersignError('CONFIG_INVALID', `step \`${step}\` is decided otherwise without what people wrote`, { hint: 'what was written decided: write a case for `policy test` by hand' });
    else return [{ step, call: without, was, expected: expect.get(step) ?? was }];
    return [];
  });
  const missed = leftOut.find(({ step }) => expect.has(step));
  if (missed) throw new CountersignError('USAGE', `nothing can be expected of what is left out: ${whyLeftOut(missed)}`, { hint: 'it rested on something that no test of rules has, such as a budget, a stop or an answer of a person: write a case for `policy test` by hand' });
  if (calls.length === 0) throw new CountersignError('NOT_FOUND', `no decision of \`${bundle.run}\` rested on rules alone`);
  return { incident: { name, policySet: policySetOf(tape.controls.at(bundle.controls.last)).hash, calls }, leftOut };
};

const DIGITS = 4;

/** The folder of the next incident. */
const nextFolder = (into: string, name: string): string => {
  const numbers = existsSync(into) ? readdirSync(into).flatMap((entry) => /^(\d{4})-/.exec(entry)?.[1] ?? []) : [];
  return join(into, `${String(Math.max(0, ...numbers.map(Number)) + 1).padStart(DIGITS, '0')}-${name}`);
};

/** Makes a test of a run: what was decided, or is to be decided from now on, without what people wrote. */
export const replayPromote: Action<PromoteOptions> = async (context, { args: [typed = ''], options }) => {
  const { terminal, cwd } = context;
  if (!isName(options.as)) throw new CountersignError('USAGE', `\`${options.as}\` is no name`, { hint: 'small letters, digits and dashes' });
  const expect = expectationsOf(options.expect ?? []);
  const tape = await readTape(context, options);
  const bundle = findTapedRun(context, tape, typed);
  const { incident, leftOut } = promoted(tape, bundle, options.as, expect, options.engine);
  const folder = nextFolder(resolve(cwd, options.into), options.as);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, INCIDENT_FILE);
  writeFileSync(file, incidentText(incident), { flag: 'wx' });
  terminal.result(
    () => [`${shortId(bundle.run)} is in ${oneLine(file)}`, table(['STEP', 'TOOL', 'WAS', 'EXPECTED'], incident.calls.map(({ step, call, was, expected }) => [oneLine(step), oneLine(call.tool), was, expected]), viewOf(context).width)].join('\n'),
    () => ({ run: bundle.run, file, calls: incident.calls.map(({ step, call, was, expected }) => ({ step, tool: call.tool, was, expected })), leftOut: leftOut.map(({ step }) => step) }),
  );
  if (leftOut.length > 0) terminal.message(`left out, for it rested on something other than rules: ${leftOut.map((each) => oneLine(whyLeftOut(each))).join('; ')}`);
  terminal.message('ids and arguments of one word stay in it: look at the file before you commit it');
};
