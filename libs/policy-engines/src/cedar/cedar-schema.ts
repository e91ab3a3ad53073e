import { type Slice, voterGroup } from '../compiled-set.js';
import { AGENT, CONTRACT, DESTINATION } from './cedar-policies.js';
import type { Cedar } from './load-cedar.js';

type Attributes = Record<string, Cedar.TypeOfAttribute<string>>;

const record = (attributes: Attributes): { type: 'Record'; attributes: Attributes } => ({ type: 'Record', attributes });

const contextOf = ({ attributes, statements }: Slice): Cedar.AttributesOrContext<string> => {
  const groups = statements.flatMap((each) => (each.kind === 'ask' ? [voterGroup(each.ask.roles)] : []));
  const approvals = record({ tier: { type: 'Long' }, voters: record(Object.fromEntries(groups.map((group) => [group, { type: 'Long' }]))) });
  return record({
    // Optional, so that the validator refuses a rule that reads one without asking whether it is there.
    attributes: record(Object.fromEntries(Object.entries(attributes).map(([name, type]) => [name, { type: type === 'integer' ? 'Long' : 'String', required: false }]))),
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
