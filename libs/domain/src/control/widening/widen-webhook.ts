import type { Pinned } from '../../config/document.js';
import type { WebhookDocument } from '../../config/webhook-document.js';
import { ANYTHING, fieldChanges, same, subset, type FieldChecks } from './narrowing.js';
import type { Widening } from './widening.js';

/** None stands for all. */
const fewer = (before: readonly string[], after: readonly string[]): boolean => before.length === 0 || (after.length > 0 && subset(before, after));

const CHECKS: FieldChecks<WebhookDocument> = { id: ANYTHING, version: ANYTHING, url: same, events: subset, tenants: fewer, workflows: fewer, secret: same };

/** What is told outside that was not, or to whom. */
export const widenWebhook = (before: WebhookDocument | undefined, after: Pinned<WebhookDocument>): readonly Widening[] => {
  const widening = (what: string): Widening => ({ kind: 'webhook', id: after.id, what });
  if (!before) return [widening(`${after.document.url} is told of ${after.document.events.map((type) => type.replace('countersign.', '')).join(', ')}`)];
  return fieldChanges(CHECKS, before, after.document).map(widening);
};
