import { requestQueuePrototype, type RequestQueue } from './kafkajs-internals.js';

const original = requestQueuePrototype.scheduleCheckPendingRequests;

/**
 * kafkajs checks the queue of an idle connection with a timer of 1 ms for ever on Node 20 and newer (it asks for a negative
 * time, which also prints a warning on each connect). A queue that holds nothing and is not throttled needs no check.
 */
const onlyWhenNeeded = function (this: RequestQueue): void {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) original.call(this);
};

/** Patches kafkajs once for the process; harmless when called again. */
export const quietenRequestQueues = (): void => {
  requestQueuePrototype.scheduleCheckPendingRequests = onlyWhenNeeded;
};
