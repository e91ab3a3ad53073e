import { type Slice, type Statement, voterGroup } from '../compiled-set.js';
import { askedBy } from '../fact-values.js';
import { AGENT, CONTRACT, DESTINATION } from './cedar-policies.js';
import type { Cedar } from './load-cedar.js';

type Attributes = Record<string, Cedar.TypeOfAttribute<string>>;

const record = (attributes: Attributes): { type: 'Record'; attributes: Attributes } => ({ type: 'Record', attributes });

const SET_OF_TEXTS = { type: 'Set', element: { type: 'String' } } as const;
const LOCAL_TIME = record({ weekday: { type: 'Long' }, minute: { type: 'Long' } });

/** Required, all of them: a rule on a fact that is not told is an error, which denies. */
const factsOf = (statements: readonly Statement[]): Attributes => {
  const { facts, destinations, zones } = askedBy(statements);
  const sets = (['taint', 'contains', 'origin'] as const).filter((fact) => facts.has(fact));
  const texts = (['stage', 'mode'] as const).filter((fact) => facts.has(fact));
  return {
    ...Object.fromEntries([...sets.map((fact) => [fact, SET_OF_TEXTS] as const), ...texts.map((fact) => [fact, { type: 'String' }] as const)]),
    ...(destinations.size > 0 && { destination: record(Object.fromEntries([...destinations.keys()].map((key) => [key, { type: 'Boolean' }]))) }),
    ...(zones.size > 0 && { clock: record(Object.fromEntries([...zones].map((zone) => [zone, LOCAL_TIME]))) }),
  };
};

const contextOf = ({ attributes, statements }: Slice): Cedar.AttributesOrContext<string> => {
  const groups = statements.flatMap((each) => (each.kind === 'ask' ? [voterGroup(each.ask.roles)] : []));
  const approvals = record({ tier: { type: 'Long' }, voters: record(Object.fromEntries(groups.map((group) => [group, { type: 'Long' }]))) });
  return record({
    // Optional, so that the validator refuses a rule that reads one without asking whether it is there.
    attributes: record(Object.fromEntries(Object.entries(attributes).map(([name, type]) => [name, { type: type === 'integer' ? 'Long' : 'String', required: false }]))),
    ...factsOf(statements),
    ...(groups.length > 0 ? { approvals } : {}),
  });
};

/** Schema of one tool, generated from its contract: the tool is an action with a context of its own. */
export const cedarSchema = (slice: Slice): Cedar.SchemaJson<string> => ({
  '': {
    entityTypes: { [AGENT]: { memberOfTypes: [CONTRACT] }, [CONTRACT]: {}, [DESTINATION]: {} },
    actions: { [slice.tool]: { appliesTo: { principalTypes: [AGENT], resourceTypes: [DESTINATION], context: contextOf(slice) } } },
  },
});
