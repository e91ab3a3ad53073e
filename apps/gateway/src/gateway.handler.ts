import { traceparentOf, type LogRecord, type Outgoing, type Received } from '@countersign/bus';
import type { Cause, EventType } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { upstreamPrincipal } from '@countersign/identity';
import { deterministicId, isName, sha256, type Instant, type Tenant, type Workflow } from '@countersign/kernel';
import { admit, inputFaults } from '@countersign/tools';
import type { FromInbox } from './from-inbox.js';
import { inTheNameOf } from './in-the-name-of.js';
import { isAnswer, receiveAnswer, receivePressed } from './persons-answer.js';
import { isUndoOrder, receiveUndo } from './undo-order.js';

/** An event that the gateway writes, and what it answers. */
export interface Answer {
  /** Topic without its namespace: `tasks`, `outcomes.acme`. */
  readonly topic: string;
  readonly trigger: Cause;
  readonly outgoing: Outgoing;
  /** Trace context of what is answered: a trace begins with the upstream and comes back to it. */
  readonly traceparent: string | undefined;
}

/** What an inbox record is answered with. `task` has to be on the log before `answer` is given. */
export interface Reception {
  readonly task?: Answer;
  readonly answer: Answer;
}

/** Of what other services write, only the end of a run is told to an upstream, and what was said in Slack to a question of a run is let in. */
export const HANDLED: ReadonlySet<EventType> = new Set(['countersign.run.closed', 'countersign.answer.pressed']);

/** Stands where a refused record names no workflow that could be one. */
const NO_WORKFLOW = 'unknown' as Workflow;

const workflowOf = (record: LogRecord): Workflow => {
  try {
    const { workflow } = JSON.parse(String(record.value)) as { readonly workflow?: unknown };
    return typeof workflow === 'string' && isName(workflow) ? (workflow as Workflow) : NO_WORKFLOW;
  } catch {
    return NO_WORKFLOW;
  }
};

/** Refusals that a contract or a directory can change which was put in force a moment ago. */
const OF_CONTROLS: ReadonlySet<string> = new Set(['workflow.unknown', 'input.invalid', 'signer.unknown']);

/** Whether the answer could be another one under newer controls. */
export const restsOnControls = ({ answer: { outgoing } }: Reception): boolean => outgoing.type === 'countersign.task.refused' && OF_CONTROLS.has(outgoing.data.code);

/** The door: admits what upstream systems send, and tells them what became of it. It decides nothing else. */
export class GatewayHandler {
  constructor(private readonly trustDomain: string) {}

  /** Ids are made of tenant, workflow, source and the upstream's own id, and of whoever has signed the task: a record that is read again writes nothing new. */
  receive(record: LogRecord, tenant: Tenant, controls: ControlState, now: Instant): Reception {
    const place = { topic: `inbox.${tenant}`, partition: record.partition, offset: record.offset, sha256: sha256(record.value ?? '') };
    const common = { topic: `outcomes.${tenant}`, traceparent: traceparentOf(record) };
    const received = this.read(record, tenant, controls, now);
    if ('refusal' in received) {
      const { refusal, workflow = NO_WORKFLOW } = received;
      const id = deterministicId('refused', tenant, place.topic, place.partition, place.offset);
      return { answer: { ...common, trigger: { id, ...place }, outgoing: { type: 'countersign.task.refused', data: refusal, tenant, workflow, subject: refusal.task ?? id } } };
    }
    const { id, told, outgoing } = received;
    const { workflow, run } = outgoing;
    const trigger = { id, ...place };
    return {
      task: { ...common, topic: 'tasks', trigger, outgoing },
      answer: { ...common, trigger, outgoing: { type: 'countersign.task.accepted', data: told, tenant, workflow, run } },
    };
  }

  private read(record: LogRecord, tenant: Tenant, controls: ControlState, now: Instant): FromInbox {
    if (isUndoOrder(record)) return receiveUndo(record, { tenant, now, controls });
    return isAnswer(record) ? receiveAnswer(record, { tenant, controls }) : this.receiveTask(record, tenant, controls, now);
  }

  private receiveTask(record: LogRecord, tenant: Tenant, controls: ControlState, now: Instant): FromInbox {
    const subject = upstreamPrincipal(tenant, this.trustDomain);
    const admission = inTheNameOf(admit(record, { tenant, now, receivedAt: record.timestamp as Instant, controls, subject, inputFaults }), record, tenant, controls);
    if (!admission.admitted) return { refusal: admission.refusal, workflow: workflowOf(record) };
    const { workflow, run, task } = admission;
    return { id: deterministicId('task', run), told: { task: task.task, source: task.source }, outgoing: { type: 'countersign.task.submitted', data: task, tenant, workflow, run } };
  }

  /** What was said in Slack to a question of a run; `undefined` for everything else on `ballots`, and where it is no answer. */
  pressed(received: Received, controls: ControlState): Answer | undefined {
    const { topic, partition, offset, sha256: hash, record } = received;
    const answer = receivePressed(received, controls);
    return answer && { topic: 'tasks', traceparent: traceparentOf(record), trigger: { id: answer.id, topic, partition, offset, sha256: hash }, outgoing: answer.outgoing };
  }

  /** What the upstream is told when its run is over. */
  finish({ event, topic, offset, partition, sha256: hash, record }: Received): Answer | undefined {
    if (event.type !== 'countersign.run.closed') return undefined;
    const { tenant, workflow, run, data } = event;
    if (tenant === undefined || workflow === undefined || run === undefined) return undefined;
    const { task, source, outcome, reason, cost, sideEffects } = data;
    return {
      topic: `outcomes.${tenant}`,
      traceparent: traceparentOf(record),
      trigger: { id: event.id, topic, partition, offset, sha256: hash },
      outgoing: { type: 'countersign.task.finished', data: { task, source, outcome, reason, cost, sideEffects }, tenant, workflow, run },
    };
  }
}
