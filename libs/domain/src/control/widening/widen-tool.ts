import type { Pinned } from '../../config/document.js';
import type { ToolContract } from '../../config/tool-contract.js';
import { ANYTHING, atLeast, atMost, fieldChanges, same, type FieldChecks } from './narrowing.js';
import { narrowsSchema } from './narrows-schema.js';
import type { Widening } from './widening.js';

/** Nearly everything that a tool contract says is what people looked at when they let an agent use it. */
const CHECKS: FieldChecks<ToolContract> = {
  id: same,
  version: ANYTHING,
  description: ANYTHING,
  effect: same,
  // What cannot be taken back is asked with more care.
  reversible: (before, after) => before !== false || after === false,
  risk: same,
  args: narrowsSchema,
  result: same,
  connection: same,
  adapter: same,
  credential: same,
  // What has to end with the grant can do less.
  longLivedCredential: (before, after) => before === true || after !== true,
  request: same,
  pick: same,
  outsideId: same,
  idempotency: same,
  readBack: same,
  preview: same,
  compensation: same,
  undoWindow: same,
  timeout: atMost,
  attempts: atMost,
  concurrency: atMost,
  rate: (before, after) => before === undefined || (after !== undefined && after.calls / after.per <= before.calls / before.per),
  // What costs more leaves room for fewer calls.
  cost: atLeast,
  attributes: same,
  destinations: same,
  fromTask: same,
  stepUp: same,
  resources: same,
  fields: same,
  records: same,
  resultTrust: same,
  vouchesFor: same,
  resultLimits: same,
  withhold: same,
  scan: same,
  // Says what the description is, which is checked when the file is read.
  descriptionHash: ANYTHING,
  maxResultBytes: atMost,
};

/** What a tool contract that agents use lets them do that it did not before. */
export const widenTool = (before: ToolContract, after: Pinned<ToolContract>): readonly Widening[] =>
  fieldChanges(CHECKS, before, after.document).map((what) => ({ kind: 'tool', id: after.id, tool: after.document.id, what }));
