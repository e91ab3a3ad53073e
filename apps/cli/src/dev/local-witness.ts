import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError } from '@countersign/kernel';
import { buildGoModule, LOOPBACK, WORKSPACE_ROOT, type GoModule, type ServiceSpec } from '@countersign/stack';
import { decodeVerifier, encodeVerifier, noteSigner } from '@countersign/tlog';
import { writePrivate } from './private-files.js';

/** litewitness as its authors write it, and what runs it for one log. */
export const WITNESS_MODULE: GoModule = { folder: join(WORKSPACE_ROOT, 'deploy/local/witness'), packages: ['.', 'filippo.io/torchwood/cmd/litewitness'] };
const SEED_BYTES = 32;

/** Builds it once; gives the folder of the programs. Throws `TOOLING_MISSING` where it cannot be had. */
export const buildWitness = async (): Promise<string> => {
  const built = await buildGoModule(WITNESS_MODULE);
  if ('programs' in built) return built.programs;
  throw new CountersignError('TOOLING_MISSING', `a witness cannot be built: ${built.missing}`, { hint: 'install Go 1.25 or newer and let it reach its modules once, or go without `--witness`' });
};

export interface LocalWitness {
  /** How it is started. */
  readonly spec: ServiceSpec;
  /** Its key, as a C2SP verifier key. */
  readonly key: string;
  /** For the ledger: `KEY URL`. */
  readonly address: string;
}

export interface WitnessPlace {
  /** The folder of its programs. */
  readonly programs: string;
  /** Made where it is missing. */
  readonly seedFile: string;
  /** Where it remembers what it has cosigned. */
  readonly database: string;
  readonly port: number;
}

const seedOf = (file: string): Buffer => {
  if (!existsSync(file)) writePrivate(file, `${randomBytes(SEED_BYTES).toString('base64')}\n`);
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
};

/** A witness of one log, with a key of its own. */
export const localWitness = ({ programs, seedFile, database, port }: WitnessPlace, log: string): LocalWitness => {
  const { name: origin } = decodeVerifier(log);
  const name = `${origin.split('/')[0]}/witness`;
  const key = encodeVerifier(noteSigner(name, seedOf(seedFile), 'cosignature'));
  const listen = `${LOOPBACK}:${port}`;
  const args = ['-name', name, '-seed', seedFile, '-db', database, '-origin', origin, '-key', log, '-listen', listen];
  return { spec: { name: 'witness', entry: join(programs, 'witness'), isProgram: true, args, env: {}, healthPath: '/' }, key, address: `${key} http://${listen}` };
};
