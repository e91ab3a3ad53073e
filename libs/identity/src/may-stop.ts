import { STOP_SCOPES, type Event } from '@countersign/contracts';
import { isScope, scopeCovers, scopeOf, type Scope } from '@countersign/domain';

/** Which switches an operator may pull: scopes as people write them. */
export const SWITCHES = ['kill', 'mode'] as const;
export type Switch = (typeof SWITCHES)[number];

/** Scopes whose switches somebody may pull; without a list of a switch: all of them. */
export type MayStop = { readonly [Of in Switch]?: readonly Scope[] };

/** `all`, `tenant:acme`, `workflow:acme/refund-desk`, `agent:...`, `run:...`, `tool:payments.refund`; `undefined` for anything else. */
export const parseScope = (text: string): Scope | undefined => {
  if (text === 'all') return { scope: 'all', value: '' };
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  const scope = STOP_SCOPES.find((name) => name !== 'all' && name === text.slice(0, colon));
  const read = scope && { scope, value: text.slice(colon + 1) };
  return read && isScope(read) ? read : undefined;
};

/** Whether the root file lets a person pull the switch of an event. Whoever has no list may pull all that the role may. */
export const mayStop = (may: MayStop | undefined, event: Event): boolean => {
  const scope = scopeOf(event);
  const scopes = may?.[event.type === 'countersign.mode.changed' ? 'mode' : 'kill'];
  return !scope || !scopes || scopes.some((outer) => scopeCovers(outer, scope));
};
