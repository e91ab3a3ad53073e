import type { Received } from '@countersign/bus';
import type { ActiveWebhook, ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';

/** Every endpoint in force, and since when: each is a consumer group of its own, so a slow one holds up no other. */
export const endpointsOf = ({ active }: ControlState): ReadonlyMap<string, Instant> => new Map((active?.webhooks ?? []).map(({ id, since }) => [id, since]));

export const endpointNamed = ({ active }: ControlState, id: string): ActiveWebhook | undefined => active?.webhooks.find((webhook) => webhook.id === id);

const isAmong = (wanted: readonly string[], one: string | undefined): boolean => wanted.length === 0 || (one !== undefined && wanted.includes(one));

/** Whether an endpoint is told of an event: what happened before it was there is not its business. */
export const isTold = ({ document, since }: ActiveWebhook, { event, record }: Pick<Received, 'event' | 'record'>): boolean =>
  record.timestamp >= since && document.events.includes(event.type) && isAmong(document.tenants, event.tenant) && isAmong(document.workflows, event.workflow);
