import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { topicsOfNamespace } from '@countersign/bus';
import type { Stack } from './stack.ts';

/** Something that was written, and where: what a secret must not be found in. */
export interface Trace {
  readonly where: string;
  readonly text: string;
}

/** Every file below a folder, but for those that `leave` names. */
export const filesBelow = (folder: string, leave: readonly string[] = []): readonly Trace[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (leave.includes(name)) return [];
    return statSync(path).isDirectory() ? filesBelow(path) : [{ where: path, text: readFileSync(path, 'latin1') }];
  });

/** Every file that a process of the stack writes for people. */
export const logFiles = (stack: Stack): readonly Trace[] => {
  const folder = (name: string): readonly string[] => readdirSync(join(stack.dataDir, name)).map((file) => join(name, file));
  const files = [...folder('log'), 'stackd.log', ...folder('kafka'), ...folder('postgres')].filter((file) => /\.(log|out)$/.test(file));
  return files.filter((file) => statSync(join(stack.dataDir, file)).isFile()).map((where) => ({ where, text: readFileSync(join(stack.dataDir, where), 'utf8') }));
};

/** Every record of every topic: key, value and headers. */
export const records = async (stack: Stack): Promise<readonly Trace[]> => {
  const traces: Trace[] = [];
  const { namespace, client } = stack;
  for (const { topic, partitions } of topicsOfNamespace({ namespace, tenants: client.tenants, partitions: client.partitions })) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const { start, end } = await stack.kafka().offsets({ topic, partition });
      if (end > start) await stack.kafka().read({ topic, partition }, start, end, (found) => void traces.push(...found.map(({ key, value, headers, offset }) => ({ where: `${topic}/${partition}/${offset}`, text: [String(key), String(value), JSON.stringify(headers)].join('\n') }))));
    }
  }
  return traces;
};

/** Every row of every table. */
export const rows = async (stack: Stack, databases: readonly string[]): Promise<readonly Trace[]> => {
  const traces: Trace[] = [];
  for (const database of databases) {
    const read = stack.rows(database);
    const tables = await read<{ readonly name: string }>("select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
    for (const { name } of tables) traces.push(...(await read<{ readonly text: string }>(`select whole::text as text from ${name} as whole`)).map(({ text }) => ({ where: `${database} ${name}`, text })));
  }
  return traces;
};

/** Which traces hold any of the secrets: where, and the name of the secret. */
export const found = (traces: readonly Trace[], secrets: Readonly<Record<string, string>>): readonly string[] =>
  traces.flatMap(({ where, text }) => Object.entries(secrets).flatMap(([name, secret]) => (text.includes(secret) ? [`${name} in ${where}`] : [])));
