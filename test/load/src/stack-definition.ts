import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stackDefinition as localStack } from '@countersign/cli/dist/dev/local-stack.js';
import { CORE_SERVICES } from '@countersign/contracts';
import type { ServiceSpec, StackContext, StackDefinition } from '@countersign/stack';
import { CONNECTION } from './bench-config.js';
import { CALLS_VARIABLE } from './call-log.js';
import { PROFILE_VARIABLE } from './profile-variable.js';
import { WITHOUT_ARCHIVE } from './without-archive.js';

const EXECUTOR = fileURLToPath(new URL('./executor-with-stub.js', import.meta.url));
const PRIVATE = 0o600;

const profiled = (spec: ServiceSpec): ServiceSpec => {
  const folder = process.env[PROFILE_VARIABLE];
  if (!folder || !CORE_SERVICES.some((service) => service === spec.name)) return spec;
  return { ...spec, env: { ...spec.env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-name=${spec.name}.cpuprofile` } };
};

/** The ledger as it is where no archive is named. */
const unarchived = (spec: ServiceSpec): ServiceSpec => {
  if (spec.name !== 'ledger' || !process.env[WITHOUT_ARCHIVE]) return spec;
  const { ARCHIVE_URL: _url, ...env } = spec.env ?? {};
  return { ...spec, env };
};

const callsOf = ({ [CALLS_VARIABLE]: path }: NodeJS.ProcessEnv): Readonly<Record<string, string>> => (path === undefined ? {} : { [CALLS_VARIABLE]: path });

const prepare = async (context: StackContext): Promise<readonly ServiceSpec[]> => {
  const specs = await localStack.prepare(context);
  const connections = join(context.stackDir, 'bench-connections.json');
  // Nothing listens there, and nothing is sent there.
  writeFileSync(connections, JSON.stringify({ [CONNECTION]: { url: 'http://127.0.0.1:9' } }), { mode: PRIVATE });
  const withStub = (spec: ServiceSpec): ServiceSpec =>
    spec.name === 'executor' ? { ...spec, entry: EXECUTOR, env: { ...spec.env, COUNTERSIGN_CONNECTIONS_FILE: connections, ...callsOf(process.env) } } : spec;
  return specs.map(withStub).map(unarchived).map(profiled);
};

/** The local stack as `dev up` makes it, with a tool that takes no time. */
export const stackDefinition: StackDefinition = { ...localStack, prepare };
