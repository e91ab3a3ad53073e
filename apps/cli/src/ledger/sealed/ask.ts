import { randomUUID } from 'node:crypto';
import { contractFor } from '@countersign/domain';
import { CountersignError, timestamp, type JsonObject, type Millis } from '@countersign/kernel';
import { ADD_APPROVERS, nobodyMayAgree } from '../../approvals/nobody-may-agree.js';
import type { CommandContext } from '../../command-context.js';
import type { Kafka } from '../../connection/kafka.js';
import { readApprover } from '../../connection/person.js';
import { readRoot } from '../../connection/root.js';
import { readControlLog } from '../../controls/control-log.js';
import { asMe, handIn } from '../../task/hand-in.js';
import type { TaskFile } from '../../task/task-file.js';
import type { TaskOutcome } from '../../task/task-text.js';

/** Requests about sealed values are tasks of this workflow: policy, approvers and the record treat them like any other. */
const WORKFLOW = 'privacy';
const SOURCE = '/countersign/cli/privacy';

export type Request = 'open' | 'shred' | 'retain';

/** Hands a request in, in the name of the person of this connection, and waits until it has come to its end or waits for others. Throws `CONFIG_INVALID` where no contract takes it. */
export const ask = async (context: CommandContext, kafka: Kafka, tenant: string, request: Request, data: JsonObject, deadline: Millis): Promise<TaskOutcome> => {
  const { state } = await readControlLog(kafka.broker, kafka.namespace, readRoot(context));
  const type = `privacy.${request}.requested`;
  if (!contractFor(state, tenant, WORKFLOW)?.document.accepts.includes(type)) {
    throw new CountersignError('CONFIG_INVALID', `no contract of tenant \`${tenant}\` in force takes \`${type}\``, { hint: 'put one in force: `config/contracts/privacy.yaml` shows how, docs/privacy.md what it needs' });
  }
  const id = `${request}-${randomUUID()}`;
  const event: JsonObject = { specversion: '1.0', id, source: SOURCE, type, workflow: WORKFLOW, time: timestamp(context.clock.now()), datacontenttype: 'application/json', data };
  const file: TaskFile = { name: `the request to ${request}`, event, id, source: SOURCE, workflow: WORKFLOW, filledIn: [] };
  const [outcome] = await handIn(context, kafka, tenant, await asMe(context, kafka, tenant, [file]), deadline);
  if (!outcome) throw new Error('a task has no outcome');
  const wish = { tenant, workflow: WORKFLOW, sub: readApprover(context).subject };
  if (outcome.state.kind === 'pending' && nobodyMayAgree(state, wish)) context.terminal.message(`${context.terminal.colors.yellow('warning')}: nobody in the directory of approvers may agree to it; ${ADD_APPROVERS}`);
  return outcome;
};
