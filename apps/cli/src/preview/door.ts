import { contractAccepting, contractFor, TASK_MEMORY, type AgentContract, type ControlState, type DocumentFault, type Pinned } from '@countersign/domain';
import { isJsonObject, parseTimestamp, type Instant, type JsonObject } from '@countersign/kernel';
import { inputFaults } from '@countersign/tools';

/** What the gateway would say to an event. */
export type DoorVerdict =
  | { readonly admitted: true; readonly contract: Pinned<AgentContract>; readonly input: JsonObject }
  | { readonly admitted: false; readonly code: string; readonly message: string; readonly faults: readonly DocumentFault[] };

/** Attributes that an upstream has to give as text. */
const TEXTS = ['id', 'source', 'type'] as const;
const LONGEST_TEXT = 200;

const refuse = (code: string, message: string, faults: readonly DocumentFault[] = []): DoorVerdict => ({ admitted: false, code, message, faults });

const envelopeFaults = (event: JsonObject): readonly DocumentFault[] => {
  const texts = TEXTS.filter((name) => {
    const value = event[name];
    return typeof value !== 'string' || value === '' || value.length > LONGEST_TEXT;
  }).map((name) => ({ pointer: `/${name}`, message: `must be a text of 1 to ${LONGEST_TEXT} characters` }));
  return [
    ...(event['specversion'] === '1.0' ? [] : [{ pointer: '/specversion', message: 'must be `1.0`' }]),
    ...texts,
    ...(event['data'] !== undefined && isJsonObject(event['data']) ? [] : [{ pointer: '/data', message: 'must be a JSON object' }]),
  ];
};

/** The rules of the gateway's door, on a configuration that need not be in force. Pure. */
export const askDoor = (event: JsonObject, tenant: string, controls: ControlState, now: Instant): DoorVerdict => {
  const faults = envelopeFaults(event);
  if (faults.length > 0) return refuse('event.not-cloudevent', 'the event is no CloudEvent 1.0', faults);
  const type = event['type'] as string;
  const workflow = typeof event['workflow'] === 'string' && event['workflow'] !== '' ? event['workflow'] : undefined;
  const found = workflow === undefined ? contractAccepting(controls, tenant, type) : contractFor(controls, tenant, workflow);
  if (!found?.document.accepts.includes(type)) {
    const what = workflow === undefined ? `events of type \`${type}\`` : `workflow \`${workflow}\` with events of type \`${type}\``;
    return refuse('workflow.unknown', `no agent contract of tenant \`${tenant}\` takes ${what}`);
  }
  const at = typeof event['time'] === 'string' ? parseTimestamp(event['time']) : now;
  if (at === undefined) return refuse('event.not-cloudevent', 'the event is no CloudEvent 1.0', [{ pointer: '/time', message: 'must be an RFC 3339 time' }]);
  if (at < now - TASK_MEMORY) return refuse('task.too-old', 'the task is more than 24 hours old', [{ pointer: '/time', message: 'is too old' }]);
  const input = event['data'] as JsonObject;
  const broken = inputFaults(found, input);
  if (broken.length > 0) return refuse('input.invalid', 'the data breaks the input schema of the agent contract', broken.map(({ pointer, message }) => ({ pointer: `/data${pointer}`, message })));
  return { admitted: true, contract: found, input };
};
