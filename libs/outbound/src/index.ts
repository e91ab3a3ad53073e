export { causesOf } from './causes.js';
export { allowedBy, CallRefused, DESTINATION_PRIVATE, guardedLookup, readReach, type Reach } from './destinations.js';
export { outsideFetch, outsideLookup, type OutsidePlace } from './outside-fetch.js';
export { retryAfterOf } from './retry-after.js';
export { isWebhookSecret, WEBHOOK_ID, webhookHeaders } from './standard-webhooks.js';
