import { describe, expect, it } from 'vitest';
import { hours, type Principal, type Tenant } from '@countersign/kernel';
import { ACME, APPROVERS, CONTRACT, GET_CHARGE, GRACE, pinned, PLAYBOOK, REFUND } from '@countersign/testing/refund-desk';
import type { ConfigurationFiles } from '../../config/check-configuration.js';
import type { PolicyEffect, PolicyRule } from '../../config/policy-file.js';
import { widenings } from './widenings.js';
import { wideningText } from './widening.js';

const ASK: PolicyEffect = { action: 'require_human_approval', tier: 2, quorum: 1, roles: [], within: hours(24) };
const DENY: PolicyEffect = { action: 'deny' };
const rule = (name: string, conditions: PolicyRule['if'], then: PolicyEffect = ASK): PolicyRule => ({ name, if: conditions, then });
const LARGE = rule('large', { tool: 'payments.refund', amount_usd: '> 100' });
const rules = (...policies: readonly PolicyRule[]): Partial<ConfigurationFiles> => ({ policies: [pinned({ policies })] });

const DESK: ConfigurationFiles = { contracts: [pinned(CONTRACT)], tools: [pinned(GET_CHARGE), pinned(REFUND)], playbooks: [pinned(PLAYBOOK)], ...rules(LARGE), approvers: [pinned(APPROVERS)], tenants: [], webhooks: [] } as ConfigurationFiles;
const given = (change: Partial<ConfigurationFiles> = {}) => ({
  then: (next: Partial<ConfigurationFiles>): readonly string[] => widenings({ ...DESK, ...change }, { ...DESK, ...change, ...next }).map(wideningText),
});
const contract = (change: object): Partial<ConfigurationFiles> => ({ contracts: [pinned({ ...CONTRACT, ...change })] });
const LIMITED = {
  ...CONTRACT,
  resources: { 'payments.refund': { region: ['eu-*'] } },
  writableFields: { 'payments.refund': ['reason'] },
  destinations: ['email:*@example.com'],
  stage: 'suggest',
  windows: ['mon-fri 08:00-18:00 UTC'],
  budgets: { ...CONTRACT.budgets, day: { writes: 3 }, perMinute: 5 },
};
const refund = (change: object): Partial<ConfigurationFiles> => ({ tools: [pinned(GET_CHARGE), pinned({ ...REFUND, ...change })] });
const people = (change: object): Partial<ConfigurationFiles> => ({ approvers: [pinned({ ...APPROVERS, ...change })] });

it('the same configuration widens nothing, and the first one everything', () => {
  expect(given().then({})).toEqual([]);
  expect(widenings(undefined, DESK).map(wideningText)).toEqual([
    'refund-desk of acme: charges.get (read)',
    'refund-desk of acme: payments.refund (write, money)',
    expect.stringMatching(/^approvers approvers: .*ada can vote as finance$/),
    expect.stringMatching(/^approvers approvers: .*grace can vote as finance, support$/),
  ]);
});

it('says in data which agent it is about', () => {
  const [freed] = widenings(DESK, { ...DESK, ...rules() });
  expect(freed).toEqual({ kind: 'policy', id: 'rules', contract: 'refund-desk', tenants: ['acme'], tool: 'payments.refund', what: 'payments.refund with amount_usd above 100 without approval (rule `large`)' });
});

describe('an agent contract widens', () => {
  it.each<[string, object, string]>([
    ['with a tool more', { tools: { ...CONTRACT.tools, read: [...CONTRACT.tools.read, 'charges.list'] } }, 'refund-desk of acme: charges.list'],
    ['with a tenant more', { tenants: [ACME, 'globex'] }, 'refund-desk of globex: payments.refund (write, money)'],
    ['with an event more', { accepts: [...CONTRACT.accepts, 'refund.forced'] }, 'refund-desk of acme: `accepts` was'],
    ['with a larger budget', { budgets: { ...CONTRACT.budgets, run: { steps: 11 } } }, 'refund-desk of acme: `budgets.run.steps` was 10 and is 11'],
    ['without a budget', { budgets: { ...LIMITED.budgets, day: {} } }, 'refund-desk of acme: `budgets.day.writes` was 3 and is nothing'],
    ['with a higher rate', { budgets: { ...LIMITED.budgets, perMinute: 6 } }, 'refund-desk of acme: `budgets.perMinute` was 5 and is 6'],
    ['with days of another time zone', { budgets: { ...CONTRACT.budgets, timeZone: 'Asia/Tokyo' } }, 'refund-desk of acme: `budgets.timeZone` was'],
    ['with a resource more', { resources: { 'payments.refund': { region: ['eu-*', 'us-1'] } } }, 'refund-desk of acme: `resources.payments.refund.region` was'],
    ['with all resources', { resources: {} }, 'refund-desk of acme: `resources.payments.refund` was'],
    ['with a field more', { writableFields: { 'payments.refund': ['reason', 'amount'] } }, 'refund-desk of acme: `writableFields.payments.refund` was'],
    ['with all fields', { writableFields: {} }, 'refund-desk of acme: `writableFields.payments.refund` was'],
    ['with a destination more', { destinations: ['email:*@example.com', 'email:*'] }, 'refund-desk of acme: `destinations` was'],
    ['with a fact more', { context: { region: { from: 'task', pointer: '/region', unit: 'text' } } }, 'refund-desk of acme: `context.region` was nothing'],
    ['at a later stage', { stage: 'autonomous' }, 'refund-desk of acme: `stage` was "suggest" and is "autonomous"'],
    ['with a window more', { windows: ['mon-fri 08:00-18:00 UTC', 'sat 08:00-18:00 UTC'] }, 'refund-desk of acme: `windows` was'],
    ['at all times', { windows: [] }, 'refund-desk of acme: `windows` was'],
    ['with a longer run', { timeouts: { run: hours(48) } }, 'refund-desk of acme: `timeouts.run` was'],
    ['with another input', { input: { type: 'object' } }, 'refund-desk of acme: `input'],
    ['with another model', { modelRouting: { planner: 'another' } }, 'refund-desk of acme: `modelRouting.planner` was nothing and is "another"'],
    ['under another id', { id: 'other-desk' }, 'other-desk of acme: `id` was "refund-desk" and is "other-desk"'],
    ['for another workflow', { workflow: 'other-desk' }, 'refund-desk of acme: charges.get (read)'],
  ])('%s', (_, change, line) => {
    expect(given(contract(LIMITED)).then(contract({ ...LIMITED, ...change })).join('\n')).toContain(line);
  });

  it.each<[string, object]>([
    ['fewer tools', { tools: { read: [], write: ['payments.refund'] } }],
    ['smaller limits', { budgets: { ...LIMITED.budgets, run: { steps: 1, toolCalls: 1 }, repeats: 1 }, timeouts: { run: hours(0.1) } }],
    ['fewer resources and fields', { resources: { 'payments.refund': { region: ['eu-1'], customer: ['c1'] } }, writableFields: { 'payments.refund': [], 'charges.get': [] } }],
    ['fewer places, facts and times', { destinations: [], context: {}, stage: 'draft' }],
    ['another playbook, which is a plan and no right', { playbook: 'other' }],
    ['another owner and version', { owner: 'somebody', version: 9 }],
    ['fewer events', { accepts: [] }],
  ])('not with %s', (_, change) => {
    expect(given(contract(LIMITED)).then(contract({ ...LIMITED, ...change }))).toEqual([]);
  });
});

it('an agent contract that comes back under another id is held against the one that it follows, field by field', () => {
  const looser = { id: 'other-desk', budgets: { ...LIMITED.budgets, perMinute: 6 }, windows: [], destinations: [...LIMITED.destinations, 'email:*'], writableFields: {} };
  expect(given(contract(LIMITED)).then(contract({ ...LIMITED, ...looser }))).toEqual([
    'other-desk of acme: `id` was "refund-desk" and is "other-desk"',
    expect.stringMatching(/^other-desk of acme: `writableFields\.payments\.refund` was/),
    expect.stringMatching(/^other-desk of acme: `destinations` was/),
    expect.stringMatching(/^other-desk of acme: `windows` was/),
    'other-desk of acme: `budgets.perMinute` was 5 and is 6',
  ]);
});

it('tenants that had contracts of their own for a workflow are told apart, each by what it had', () => {
  const desks = { contracts: [pinned({ ...CONTRACT, budgets: { ...CONTRACT.budgets, perMinute: 5 } }), pinned({ ...CONTRACT, id: 'globex-desk', tenants: ['globex' as Tenant], tools: { read: [], write: ['payments.refund'] } })] };
  expect(given(desks).then(contract({ tenants: [ACME, 'globex', 'initech'] }))).toEqual([
    'refund-desk of acme: `budgets.perMinute` was 5 and is nothing',
    'refund-desk of globex: charges.get (read)',
    'refund-desk of globex: `id` was "globex-desk" and is "refund-desk"',
    'refund-desk of initech: charges.get (read)',
    'refund-desk of initech: payments.refund (write, money)',
  ]);
});

describe('a tool contract widens', () => {
  it.each<[string, object, string]>([
    ['with more attempts', { attempts: 5 }, 'tool payments-refund: `attempts` was 3 and is 5'],
    ['with a credential that may outlive the grant', { longLivedCredential: true }, 'tool payments-refund: `longLivedCredential` was nothing and is true'],
    ['with a credential that comes about otherwise', { credential: 'token-exchange' }, 'tool payments-refund: `credential` was nothing and is "token-exchange"'],
    ['with another connection', { connection: 'elsewhere' }, 'tool payments-refund: `connection` was "payments" and is "elsewhere"'],
    ['without its risk', { risk: [] }, 'tool payments-refund: `risk` was ["money"] and is []'],
    ['with open arguments', { args: { type: 'object' } }, 'tool payments-refund: `args.'],
    ['with another attribute', { attributes: {} }, 'tool payments-refund: `attributes.amount_usd` was'],
    ['when it costs less', { cost: 0 }, 'tool payments-refund: `cost` was'],
  ])('%s', (_, change, line) => {
    expect(given().then(refund(change)).join('\n')).toContain(line);
  });

  it('not in its words, with lower limits, or where no agent uses it', () => {
    expect(given().then(refund({ description: 'other words', version: 2, attempts: 1, maxResultBytes: 1 }))).toEqual([]);
    expect(given(contract({ tools: { read: ['charges.get'], write: [] } })).then(refund({ attempts: 5 }))).toEqual([]);
  });
});

describe('rules widen', () => {
  it.each<[string, readonly PolicyRule[], readonly PolicyRule[], readonly string[]]>([
    ['when one that asks is gone', [LARGE], [], ['refund-desk of acme: payments.refund with amount_usd above 100 without approval (rule `large`)']],
    ['when one that denies is gone', [rule('none', { tool: '*.refund' }, DENY)], [], ['refund-desk of acme: payments.refund, which was denied (rule `none`)']],
    ['when a limit is raised', [LARGE], [rule('large', { tool: 'payments.refund', amount_usd: '> 200' })], ['refund-desk of acme: payments.refund with amount_usd above 100 (and not amount_usd above 200) without approval (rule `large`)']],
    ['when a limit is the other way round', [LARGE], [rule('large', { tool: 'payments.refund', amount_usd: '< 50' })], ['refund-desk of acme: payments.refund with amount_usd above 100 (and not amount_usd below 50) without approval (rule `large`)']],
    ['when a denial becomes a question', [{ ...LARGE, then: DENY }], [LARGE], ['refund-desk of acme: payments.refund with amount_usd above 100 with approval by tier 2, 1 of any role, which took more than anybody can give (rule `large`)']],
    ['when fewer people are asked', [{ ...LARGE, then: { ...ASK, quorum: 2 } }], [LARGE], ['refund-desk of acme: payments.refund with amount_usd above 100 with approval by tier 2, 1 of any role, which took tier 2, 2 of any role (rule `large`)']],
    ['when other people are asked', [{ ...LARGE, then: { ...ASK, roles: ['finance'] } }], [LARGE], ['refund-desk of acme: payments.refund with amount_usd above 100 with approval by tier 2, 1 of any role, which took tier 2, 1 of finance (rule `large`)']],
    ['when an attribute is needed no more', [LARGE], [rule('most', { tool: '*' })], ['refund-desk of acme: payments.refund without `amount_usd`, which a rule needed']],
    ['when a condition is one that cannot be compared', [rule('r', { tool: '*', rows: 'in [1, 2]' }, DENY)], [rule('r', { tool: '*', rows: 'in [1, 2, 3]' }, DENY)], ['charges.get', 'payments.refund'].map((tool) => `refund-desk of acme: ${tool} with rows in [1, 2] (and not rows in [1, 2, 3]), which was denied (rule \`r\`)`)],
  ])('%s', (_, before, after, lines) => {
    expect(given(rules(...before)).then(rules(...after))).toEqual(lines);
  });

  it.each<[string, readonly PolicyRule[]]>([
    ['a lower limit', [rule('large', { tool: 'payments.refund', amount_usd: '>= 100' })]],
    ['another name and a wider pattern', [rule('all', { tool: 'payments.*', amount_usd: '> 50.5' })]],
    ['a denial in place of a question', [{ ...LARGE, then: DENY }]],
    ['more people', [{ ...LARGE, then: { ...ASK, tier: 3, quorum: 2, roles: ['finance'], within: hours(1) } }]],
    ['a denial of everything', [rule('nothing', { tool: '*' }, DENY)]],
    ['a rule more', [LARGE, rule('other', { tool: '*', rows: '> 3' }, DENY)]],
  ])('not with %s', (_, after) => {
    expect(given().then(rules(...after))).toEqual([]);
  });

  it.each<[string, PolicyRule, object]>([
    ['a lower stage', rule('r', { tool: '*', stage: 'autonomous' }, DENY), { stage: 'draft' }],
    ['fewer known places', rule('r', { tool: '*', origin: ['contract'] }, DENY), { destinations: [] }],
  ])('by %s where they speak of it, which may be what they stop', (_, speaking, change) => {
    expect(given({ ...contract(LIMITED), ...rules(speaking) }).then(contract({ ...LIMITED, ...change }))).toHaveLength(1);
    expect(given({ ...contract(LIMITED), ...rules(rule('r', { tool: '*', origin: 'unknown' })) }).then(contract({ ...LIMITED, ...change }))).toEqual([]);
  });

  it('when only a rule on other tools needs the attribute', () => {
    expect(given(rules(LARGE)).then(rules(rule('most', { tool: '*' }), rule('reads', { tool: '*', effect: 'read', amount_usd: '> 1' })))).toEqual(['refund-desk of acme: payments.refund without `amount_usd`, which a rule needed']);
  });

  it('not when a rule forgets a fact and so speaks more often', () => {
    expect(given(rules(rule('r', { tool: '*', taint: 'untrusted' }))).then(rules(rule('r', { tool: '*' })))).toEqual([]);
  });

  it('not where no agent may call the tool', () => {
    expect(given(rules(rule('none', { tool: 'crm.*' }, DENY))).then(rules())).toEqual([]);
  });
});

describe('the directory of approvers widens', () => {
  const [ada] = APPROVERS.people;
  it.each<[string, object, RegExp]>([
    ['with a person more', { people: [...APPROVERS.people, { ...ada, subject: 'spiffe://countersign.local/human/eve' as Principal }] }, /eve can vote as finance$/],
    ['with another key', { people: [{ ...ada, publicKey: 'C'.repeat(43) }] }, /ada votes otherwise: `publicKey` was/],
    ['with a role more', { people: [{ ...ada, roles: ['finance', 'legal'] }] }, /ada votes otherwise: `roles` was/],
  ])('%s', (_, change, line) => {
    expect(given().then(people(change))).toEqual([expect.stringMatching(line)]);
  });

  it('not with fewer people, roles or other names', () => {
    expect(given().then(people({ people: APPROVERS.people.filter(({ subject }) => subject === GRACE).map((person) => ({ ...person, name: 'G.', roles: [] })) }))).toEqual([]);
    expect(given().then({ approvers: [] })).toEqual([]);
  });
});

describe('what is known of a tenant widens', () => {
  const tenant = (change: object): Partial<ConfigurationFiles> => ({ tenants: [pinned({ id: 'acme', version: 1, tenant: ACME, directory: { vendors: ['email:a@example.com'] }, budgets: { day: { writes: 5 }, month: {} }, ...change })] });
  it.each<[string, Partial<ConfigurationFiles>, string]>([
    ['with a place more', tenant({ directory: { vendors: ['email:a@example.com', 'email:b@example.com'] } }), 'tenant acme: `email:b@example.com` is known, among vendors'],
    ['with a larger cap', tenant({ budgets: { day: { writes: 6 }, month: {} } }), 'tenant acme: `budgets.day.writes` was 5 and is 6'],
    ['when its caps are gone', { tenants: [] }, 'tenant acme: `budgets.day` is no limit any more'],
  ])('%s', (_, next, line) => {
    expect(given(tenant({})).then(next)).toEqual([line]);
  });

  it('not with fewer places and more caps', () => {
    expect(given(tenant({})).then(tenant({ directory: {}, budgets: { day: { writes: 1, usd: 1 }, month: { writes: 9 } } }))).toEqual([]);
  });
});

it('a playbook is a plan: it widens nothing, whatever it says', () => {
  expect(given().then({ playbooks: [pinned({ ...PLAYBOOK, steps: [] })] })).toEqual([]);
});

describe('a web hook widens', () => {
  const HOOK = { id: 'ops', version: 1, url: 'https://hooks.example/ops', events: ['countersign.approval.requested', 'countersign.approval.expired'], tenants: [ACME], workflows: [], secret: 'ops' } as const;
  const hook = (change: object = {}): Partial<ConfigurationFiles> => ({ webhooks: [pinned({ ...HOOK, ...change })] });

  it('where it is new: somebody outside is told', () => {
    expect(given().then(hook())).toEqual(['webhook ops: https://hooks.example/ops is told of approval.requested, approval.expired']);
    expect(given(hook()).then(hook())).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    ['at another place', { url: 'https://other.example' }, ['url']],
    ['with an event more', { events: [...HOOK.events, 'countersign.approval.granted'] }, ['events']],
    ['for a tenant more', { tenants: [ACME, 'globex'] }, ['tenants']],
    ['for all tenants', { tenants: [] }, ['tenants']],
    ['with another secret', { secret: 'other' }, ['secret']],
    ['for fewer workflows', { workflows: ['refund-desk'] }, []],
    ['with an event less', { events: [HOOK.events[0]] }, []],
  ])('%s', (_, change, fields) => {
    const found = given(hook()).then(hook(change));
    expect(found).toHaveLength(fields.length);
    for (const [index, field] of fields.entries()) expect(found[index]).toContain(`\`${field}\``);
  });
});
