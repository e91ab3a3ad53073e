import { DESTINATION_KINDS, type Action, type DestinationKind } from '@countersign/contracts';
import type { AgentContract, ControlState, Pinned, Question, RunContext, TenantDocument, ToolContract } from '@countersign/domain';
import { initialControls, vouchedKey } from '@countersign/domain';
import type { Instant, JsonObject, Tenant } from '@countersign/kernel';
import { ACME, AGENT, CONTRACT, REFUND } from '@countersign/testing/refund-desk';
import { describe, expect, it } from 'vitest';
import { factsOf } from './facts-of.js';

const NOW = 0 as Instant;

const MAIL: ToolContract = {
  ...REFUND,
  id: 'mail.send',
  destinations: [
    { arg: '/to', kind: 'email' },
    { arg: '/cc', kind: 'email' },
  ],
  fromTask: ['/thread'],
};

const pinned = <Document extends { readonly id: string; readonly version: number }>(document: Document): Pinned<Document> => ({ id: document.id, version: document.version, hash: '' as Pinned<Document>['hash'], document });

const DIRECTORY: TenantDocument = { id: 'acme', version: 1, tenant: ACME, directory: { contacts: ['Bob <BOB@example.org>'] }, budgets: { day: {}, month: {} } };
const controls = (tenants: readonly TenantDocument[]): ControlState => ({ ...initialControls(), active: { tenants: tenants.map(pinned) } as unknown as NonNullable<ControlState['active']> });

interface Given {
  readonly args: JsonObject;
  readonly words?: readonly string[];
  readonly said?: readonly string[];
  readonly vouched?: readonly string[];
  readonly tool?: Partial<ToolContract>;
  readonly contract?: Partial<AgentContract>;
  readonly tenants?: readonly TenantDocument[];
  readonly run?: Partial<RunContext>;
  readonly undoes?: true;
}

const facts = ({ args, words = [], said = [], vouched = [], tool = {}, contract = {}, tenants = [DIRECTORY], run = {}, undoes }: Given) => {
  const question = {
    action: { tenant: ACME, workflow: CONTRACT.workflow, run: 'run-1', tool: MAIL.id, args } as unknown as Action,
    act: AGENT,
    run: { words, said, vouched: new Set(vouched), untrusted: new Set(), sensitive: new Set(), ...run } as unknown as RunContext,
    tool: pinned({ ...MAIL, ...tool }),
    contract: pinned({ ...CONTRACT, ...contract }),
    ...(undoes && { undoes }),
  } satisfies Partial<Question>;
  return factsOf(question, controls(tenants), NOW);
};

const origins = (given: Given): readonly string[] => facts(given).destinations.map(({ value, origin }) => `${value} ${origin}`);

describe('where a destination comes from', () => {
  it('is the task where its words name it', () => expect(origins({ args: { to: 'Ada@Example.com' }, words: ['Write to ada@example.com.'] })).toEqual(['ada@example.com task']));
  it('is the tenant where its directory lists it, in any spelling', () => expect(origins({ args: { to: ['bob@example.org'] } })).toEqual(['bob@example.org tenant']));
  it.each([
    ['ada@example.org', ['email']],
    ['Ada <ada@example.org>', ['email']],
    ['GB29 NWBK 6016 1331 9268 19', ['account']],
    ['#general', ['channel']],
    ['https://example.org/a', ['url']],
    ['example.org/a', ['url']],
    ['example.org', ['host', 'channel', 'account', 'id']],
    ['localhost:8080', ['host', 'channel', 'account', 'id']],
    ['192.0.2.7', ['host', 'channel', 'account', 'id']],
    ['10.1', ['channel', 'account', 'id']],
    ['Spotify', ['channel', 'account', 'id']],
  ] as const)('`%s` of a directory is a place of %j', (entry, kinds) => {
    const known = (kind: DestinationKind): boolean => facts({ args: { to: entry }, tool: { destinations: [{ arg: '/to', kind }], fromTask: [] }, tenants: [{ ...DIRECTORY, directory: { places: [entry] } }] }).destinations[0]?.origin === 'tenant';
    expect(DESTINATION_KINDS.filter(known)).toEqual(kinds);
  });
  it('is nobody else\'s directory', () => expect(origins({ args: { to: 'bob@example.org' }, tenants: [{ ...DIRECTORY, tenant: 'globex' as Tenant }] })).toEqual(['bob@example.org unknown']));
  it('is the contract where its patterns cover it', () => expect(origins({ args: { to: 'x@corp.example' }, contract: { destinations: ['email:*@corp.example'] } })).toEqual(['x@corp.example contract']));
  it('is no contract whose pattern is of another kind', () => expect(origins({ args: { to: 'x@corp.example' }, contract: { destinations: ['host:*'] } })).toEqual(['x@corp.example unknown']));
  it('is a look-up that vouched for it', () => expect(origins({ args: { to: 'eve@example.net' }, vouched: [vouchedKey('email', 'Eve@Example.net')] })).toEqual(['eve@example.net vouched']));
  it('is the log for what undoes an action, which policy has compared with it, but for what is no place at all', () => {
    expect(origins({ args: { to: 'eve@evil.io' }, undoes: true })).toEqual(['eve@evil.io log']);
    expect(origins({ args: { to: 'nowhere' }, undoes: true })).toEqual([' unknown']);
  });
  it('is a person who gave it in place of the task, which knows it best', () => {
    expect(origins({ args: { to: 'Ada@Example.com' }, said: ['ada@example.com'] })).toEqual(['ada@example.com person']);
    expect(origins({ args: { to: 'Ada@Example.com' }, said: ['ada@example.com'], words: ['ada@example.com'] })).toEqual(['ada@example.com task']);
  });

  it('is unknown otherwise', () => expect(origins({ args: { to: 'eve@evil.io' }, words: ['eve'] })).toEqual(['eve@evil.io unknown']));
  it('is unknown where it cannot be told what is meant, whatever the contract covers', () =>
    expect(origins({ args: { to: 'ada@example.com, eve@evil.io' }, words: ['ada@example.com, eve@evil.io'], contract: { destinations: ['email:*', '*'] } })).toEqual([' unknown']));
  it('is told for each item of a list, and for what is no text', () =>
    expect(origins({ args: { to: ['bob@example.org', 'eve@evil.io', 7, { address: 'bob@example.org' }] } })).toEqual(['bob@example.org tenant', 'eve@evil.io unknown', ' unknown', ' unknown']));
  it('is told for what the task has to say itself', () => expect(origins({ args: { to: [], thread: 'T-100' }, words: ['answer in T-100'] })).toEqual(['T-100 task']));
  it('is not asked of what is absent, null or an empty list', () => expect(origins({ args: { to: [], cc: null } })).toEqual([]));
});

it('a pattern of addresses does not reach over the host into the path', () => {
  const given = { tool: { destinations: [{ arg: '/to', kind: 'url' as const }], fromTask: [] }, contract: { destinations: ['url:https://*.corp.example/*'] } };
  expect(origins({ args: { to: 'https://a.corp.example/x' }, ...given })).toEqual(['https://a.corp.example/x contract']);
  expect(origins({ args: { to: 'https://evil.io/.corp.example/x' }, ...given })).toEqual(['https://evil.io/.corp.example/x unknown']);
});

describe('what leaves with a call is scanned', () => {
  it('every text of a write, but not the destinations themselves', () => expect(facts({ args: { to: 'ada@example.com', body: { text: 'card 4111 1111 1111 1111' } } }).contains).toEqual(['card']));
  it('only what the contract names', () => expect(facts({ args: { to: 'a@b.c', body: '4111 1111 1111 1111', subject: 'hello' }, tool: { scan: ['/subject'] } }).contains).toEqual([]));
  it('nothing of a read that stays inside', () => expect(facts({ args: { query: '4111 1111 1111 1111' }, tool: { effect: 'read', risk: [], destinations: [], fromTask: [] } }).contains).toEqual([]));
  it('every text of a read that says where it reads, or is said to leave', () => {
    expect(facts({ args: { query: '4111 1111 1111 1111' }, tool: { effect: 'read', risk: [] } }).contains).toEqual(['card']);
    expect(facts({ args: { query: '4111 1111 1111 1111' }, tool: { effect: 'read', risk: ['send'], destinations: [], fromTask: [] } }).contains).toEqual(['card']);
  });
  it('what an address carries, unless the task said it', () => {
    const page = { effect: 'read' as const, risk: [], destinations: [{ arg: '/url', kind: 'url' as const }], fromTask: [] };
    const url = 'https://example.com/find?q=4111%201111%201111%201111';
    expect(facts({ args: { url }, tool: page }).contains).toEqual(['card']);
    expect(facts({ args: { url }, tool: page, contract: { destinations: ['url:https://example.com/*'] } }).contains).toEqual(['card']);
    expect(facts({ args: { url: 'https://user@example.com/4111111111111111' }, tool: page }).contains).toEqual(['card']);
    expect(facts({ args: { url }, tool: page, words: [url] }).contains).toEqual([]);
    expect(facts({ args: { url: 'https://example.com/a' }, tool: page }).contains).toEqual([]);
  });
  it('links only where they lead to strangers', () => {
    expect(facts({ args: { body: 'see www.evil-shop.com' } }).contains).toEqual(['link']);
    expect(facts({ args: { body: 'see www.evil-shop.com' }, words: ['send them www.evil-shop.com'] }).contains).toEqual([]);
    expect(facts({ args: { body: 'see www.evil-shop.com/?a=b' }, words: ['send them www.evil-shop.com'] }).contains).toEqual(['link']);
    expect(facts({ args: { body: 'see www.evil-shop.com/?a=b' }, contract: { destinations: ['host:www.evil-shop.com'] } }).contains).toEqual(['link']);
    expect(facts({ args: { body: 'see www.evil-shop.com/?a=b' }, contract: { destinations: ['url:https://www.evil-shop.com/*'] } }).contains).toEqual([]);
  });
});

it('taint and stage are those of the run and the contract', () => {
  expect(facts({ args: {}, run: { untrusted: new Set(['mail.read']) }, contract: { stage: 'suggest' } })).toMatchObject({ taint: ['untrusted'], stage: 'suggest', mode: 'normal', replay: false });
  expect(facts({ args: {}, run: { untrusted: new Set(['a']), sensitive: new Set(['b']) } }).taint).toEqual(['untrusted', 'sensitive']);
});

describe('a sealed destination', () => {
  const SEALED = 'sealed:e30..AA.AA.AA';
  const OTHER = 'sealed:e30..AA.AA.BB';
  const seen = (given: Given) => facts(given).destinations;

  it('is a place that no rule can read, known where the very same value was said', () => {
    expect(seen({ args: { to: SEALED }, words: ['reason', SEALED] })).toEqual([{ kind: 'email', value: '', origin: 'task', sealed: true }]);
    expect(seen({ args: { to: SEALED }, said: [SEALED] })).toMatchObject([{ origin: 'person' }]);
    expect(seen({ args: { to: SEALED }, words: [OTHER, `see ${SEALED}`] })).toMatchObject([{ origin: 'unknown' }]);
    expect(seen({ args: { to: SEALED }, undoes: true })).toMatchObject([{ origin: 'log' }]);
  });

  it('and sealed text that leaves count for all that a scan could find', () => {
    expect(facts({ args: { body: SEALED }, tool: { effect: 'write' } }).contains).toContain('secret');
    expect(facts({ args: { body: SEALED }, tool: { effect: 'write' } }).contains).toContain('email');
  });
});
