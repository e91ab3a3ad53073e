import { isEventType, PUBLISHED, type EventType } from '@countersign/contracts';
import type { Tenant, Workflow } from '@countersign/kernel';
import type { DocumentFault, WebhookDocument } from '@countersign/domain';
import type { RawWebhook } from './raw.js';

/** About what people say once and what counts for a while, or told to one person alone: nothing for others. */
const NOT_TOLD: ReadonlySet<EventType> = new Set<EventType>(['countersign.approval.ballot-refused', 'countersign.approval.delegated', 'countersign.approval.consented', 'countersign.approval.standing-ended']);

/** Events of approvals that a web hook can tell of. */
export const WEBHOOK_EVENTS: readonly EventType[] = [...new Set(PUBLISHED.flatMap(({ type, topic }) => (topic === 'approvals' && type.startsWith('countersign.approval.') && isEventType(type) && !NOT_TOLD.has(type) ? [type] : [])))].toSorted();

const shortName = (type: EventType): string => type.slice('countersign.'.length);

export const readWebhook = (raw: RawWebhook, faults: DocumentFault[]): WebhookDocument => {
  const events = raw.events.flatMap((name, index) => {
    const type = WEBHOOK_EVENTS.find((each) => shortName(each) === name);
    if (!type) faults.push({ pointer: `/events/${index}`, message: `is none of ${WEBHOOK_EVENTS.map(shortName).join(', ')}` });
    return type ? [type] : [];
  });
  if (!URL.canParse(raw.url)) faults.push({ pointer: '/url', message: 'is no URL' });
  else {
    const { username, password, hash } = new URL(raw.url);
    if (username !== '' || password !== '' || hash !== '') faults.push({ pointer: '/url', message: 'has a user, a password or a fragment: what opens the endpoint is the signature' });
  }
  const { id, version, url, tenants = [], workflows = [], secret } = raw;
  return { id, version, url, events, tenants: tenants as Tenant[], workflows: workflows as Workflow[], secret };
};
