import { PRINCIPAL_PATTERN, servicePrincipal } from '@countersign/contracts';
import { describe, expect, it } from 'vitest';
import { agentPrincipal, humanPrincipal, parsePrincipal, upstreamPrincipal } from './principals.js';

describe('principals', () => {
  it.each([
    [agentPrincipal('acme', 'refund-desk', 'desk-1'), 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/desk-1', { kind: 'agent', tenant: 'acme', workflow: 'refund-desk', agent: 'desk-1' }],
    [servicePrincipal('policy'), 'spiffe://countersign.local/service/policy', { kind: 'service', service: 'policy' }],
    [humanPrincipal('ada.l_1'), 'spiffe://countersign.local/human/ada.l_1', { kind: 'human', subject: 'ada.l_1' }],
    [upstreamPrincipal('acme'), 'spiffe://countersign.local/tenant/acme/upstream', { kind: 'upstream', tenant: 'acme' }],
  ] as const)('%s is written and read back', (built, text, parts) => {
    expect(built).toBe(text);
    expect(parsePrincipal(text)).toEqual(parts);
    expect(text).toMatch(PRINCIPAL_PATTERN);
  });

  it('belong to a trust domain', () => {
    expect(humanPrincipal('ada', 'example.org')).toBe('spiffe://example.org/human/ada');
    expect(parsePrincipal('spiffe://example.org/human/ada')).toBeUndefined();
    expect(parsePrincipal('spiffe://example.org/human/ada', 'example.org')).toEqual({ kind: 'human', subject: 'ada' });
  });

  it.each(['', 'ada', 'spiffe://countersign.local', 'spiffe://countersign.local/', 'spiffe://countersign.local/human/', 'spiffe://countersign.local/human/Ada', 'spiffe://countersign.local/human/ada/x', 'spiffe://countersign.local/human//ada', 'spiffe://countersign.local/tenant/acme', 'spiffe://countersign.local/tenant/acme/upstream/', 'spiffe://countersign.local/tenant/acme/workflow/w/agent', 'spiffe://countersign.local.evil/human/ada', 'https://countersign.local/human/ada'])(
    'are not read from `%s`',
    (text) => {
      expect(parsePrincipal(text)).toBeUndefined();
    },
  );

  it.each<[string, () => string]>([
    ['a person with a slash', () => humanPrincipal('ada/service/policy')],
    ['a person in capitals, who would look like another', () => humanPrincipal('Ada')],
    ['a person without a name', () => humanPrincipal('')],
    ['a tenant with a slash', () => upstreamPrincipal('acme/upstream')],
    ['an agent with a dot', () => agentPrincipal('acme', 'refund-desk', '..')],
    ['a trust domain with a path', () => humanPrincipal('ada', 'example.org/human')],
  ])('are not made of %s', (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
