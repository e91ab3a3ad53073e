import { TRUST_DOMAIN } from '@countersign/contracts';
import { CountersignError, isName, type Principal } from '@countersign/kernel';

/** SPIFFE ids of agents, services, people and upstream systems. Comparing them is comparing texts: all are lower case. */
export type PrincipalParts =
  | { readonly kind: 'agent'; readonly tenant: string; readonly workflow: string; readonly agent: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'human'; readonly subject: string }
  /** The systems that hand in tasks for a tenant. */
  | { readonly kind: 'upstream'; readonly tenant: string };

const SUBJECT = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const DOMAIN = /^[a-z0-9][a-z0-9.-]{0,253}$/;

const checked = (text: string, is: boolean): string => {
  if (!is) throw new CountersignError('CONFIG_INVALID', `\`${text}\` cannot be part of a principal`, { hint: 'use lower-case letters, digits and dashes' });
  return text;
};
const name = (text: string): string => checked(text, isName(text));

const principal = (trustDomain: string, path: string): Principal => `spiffe://${checked(trustDomain, DOMAIN.test(trustDomain))}/${path}` as Principal;

/** One agent identity per workflow and tenant. Throws `CONFIG_INVALID`, as the others do, for what cannot be in a principal. */
export const agentPrincipal = (tenant: string, workflow: string, agent: string, trustDomain = TRUST_DOMAIN): Principal =>
  principal(trustDomain, `tenant/${name(tenant)}/workflow/${name(workflow)}/agent/${name(agent)}`);

export const humanPrincipal = (subject: string, trustDomain = TRUST_DOMAIN): Principal =>
  principal(trustDomain, `human/${checked(subject, SUBJECT.test(subject))}`);

export const upstreamPrincipal = (tenant: string, trustDomain = TRUST_DOMAIN): Principal => principal(trustDomain, `tenant/${name(tenant)}/upstream`);

const partsOf = (segments: readonly string[]): PrincipalParts | undefined => {
  const [first, second = '', third, fourth = '', fifth, sixth = ''] = segments;
  if (segments.length === 2 && first === 'service' && isName(second)) return { kind: 'service', service: second };
  if (segments.length === 2 && first === 'human' && SUBJECT.test(second)) return { kind: 'human', subject: second };
  if (first !== 'tenant' || !isName(second)) return undefined;
  if (segments.length === 3 && third === 'upstream') return { kind: 'upstream', tenant: second };
  const isAgent = segments.length === 6 && third === 'workflow' && isName(fourth) && fifth === 'agent' && isName(sixth);
  return isAgent ? { kind: 'agent', tenant: second, workflow: fourth, agent: sixth } : undefined;
};

/** What a principal names; `undefined` for any other text, and for one of another trust domain. */
export const parsePrincipal = (text: string, trustDomain = TRUST_DOMAIN): PrincipalParts | undefined => {
  const prefix = `spiffe://${trustDomain}/`;
  return text.startsWith(prefix) ? partsOf(text.slice(prefix.length).split('/')) : undefined;
};
