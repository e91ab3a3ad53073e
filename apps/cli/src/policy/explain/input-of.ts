import type { Question } from '@countersign/domain';
import { exhaustive, timestamp } from '@countersign/kernel';
import type { DecisionRequest, Test } from '@countersign/policy-engines';
import { attributeText } from '../attribute-text.js';

const attributeInput = (name: string, { attributes }: DecisionRequest, { tool, run }: Question): string => {
  const value = attributes.values[name];
  if (value === undefined) return `the call gives no ${name}`;
  const fact = run.facts.get(name);
  const from = tool.document.attributes[name]?.arg;
  const origin = from !== undefined ? `from argument ${from}` : fact ? `a fact of the run, seen ${timestamp(fact.at)}` : 'a fact of the run';
  return `${name} is ${attributeText(name, value)}, ${origin}`;
};

const sources = (names: ReadonlySet<string>): string => [...names].join(', ');

/** What a test was held against, in words, with where that came from. Holds what strangers wrote: whoever prints it makes it harmless. */
export const inputOf = (test: Test, request: DecisionRequest, question: Question): string => {
  if ('attribute' in test) return attributeInput(test.attribute, request, question);
  const { facts } = request;
  switch (test.fact) {
    case 'taint': {
      const { untrusted, sensitive } = question.run;
      const found = [untrusted.size > 0 ? `untrusted by ${sources(untrusted)}` : undefined, sensitive.size > 0 ? `sensitive by ${sources(sensitive)}` : undefined].filter((each) => each !== undefined);
      return found.length === 0 ? 'nothing has tainted the run' : `the run is ${found.join(' and ')}`;
    }
    case 'contains':
      return facts.contains.length === 0 ? 'the scan found nothing' : `the scan found ${facts.contains.join(', ')}`;
    case 'origin':
    case 'destination':
      return facts.destinations.length === 0 ? 'the call names no destination' : facts.destinations.map(({ kind, value, origin }) => `${kind} \`${value}\`, origin ${origin}`).join('; ');
    case 'stage':
      return `the stage is ${facts.stage}`;
    case 'mode':
      return `the mode is ${facts.mode}`;
    case 'outside_window':
      return `the time is ${timestamp(facts.now)}`;
    default:
      return exhaustive(test);
  }
};
