import { isEventType } from './published.js';
import type { EventType } from './catalogue.js';

/** A type, a workflow's name and their keys are never longer. */
const TAIL_BYTES = 256;
const KEY = ',"type":"';

/**
 * The type of an event of ours without parsing it (0.3 us instead of 8); `undefined` where it is not plain to see, or not in the
 * catalogue. Only for bytes whose signature was checked: in canonical JSON `type` is the last key but for `workflow`, whose
 * value is a name, so the last such text is the event's own. Bytes of strangers may say two things.
 */
export const peekType = (value: Buffer): EventType | undefined => {
  const tail = value.toString('latin1', Math.max(0, value.length - TAIL_BYTES));
  const at = tail.lastIndexOf(KEY);
  if (at < 0) return undefined;
  const from = at + KEY.length;
  const end = tail.indexOf('"', from);
  const type = end < 0 ? '' : tail.slice(from, end);
  return isEventType(type) ? type : undefined;
};
