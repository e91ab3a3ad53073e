import type { Event, EventType } from '@countersign/contracts';

/** Narrows an event to a list of types, so that the switch after it names each of them. */
export const isAmong = <const Types extends readonly EventType[]>(
  event: Event,
  types: Types,
): event is Extract<Event, { readonly type: Types[number] }> => types.includes(event.type);
