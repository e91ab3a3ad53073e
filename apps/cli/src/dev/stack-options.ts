import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { DEFAULT_NAMESPACE, DEFAULT_PARTITIONS } from '@countersign/contracts';
import { CountersignError, NAME_PATTERN } from '@countersign/kernel';
import { flag, list, number, readConfig, type Variables } from '@countersign/service';

/** Tenants of a fresh local stack: two, so that what belongs to one is seen not to reach the other. */
export const LOCAL_TENANTS: readonly string[] = ['acme', 'globex'];

export const MOST_PARTITIONS = 256;
/** The ledger has one replica. */
export const REPLICAS_PATTERN = /^(gateway|planner|policy|approvals|executor|webhooks)=[1-9]\d?$/;

/** What a local stack is made with; `dev up` hands it to the process that runs the stack. */
export class StackOptions {
  /** Prefix of every topic and group; another one on a Kafka that several stacks share. */
  @Matches(/^[a-z0-9][a-z0-9-]{0,40}$/) namespace = DEFAULT_NAMESPACE;
  /** Fixed for the life of the data. */
  @Transform(number) @IsInt() @Min(1) @Max(MOST_PARTITIONS) partitions = DEFAULT_PARTITIONS;
  @Transform(list) @IsArray() @ArrayNotEmpty() @Matches(new RegExp(NAME_PATTERN), { each: true }) tenants: string[] = [...LOCAL_TENANTS];
  /** The payments service and the local GitHub of `examples/` run too, and the executor is connected to them. */
  @Transform(flag) @IsBoolean() examples = false;
  /** A stand-in of Slack runs too, with a page where cards are shown and buttons are pressed, and the Slack service is connected to it. */
  @Transform(flag) @IsBoolean() slackSim = false;
  /** A witness runs too, and cosigns the anchor of the archive; it needs Go. */
  @Transform(flag) @IsBoolean() witness = false;
  /** What the archive has is put into an empty Kafka first, and everything starts in mode safe. */
  @Transform(flag) @IsBoolean() restore = false;
  /** Files with checkpoints of the anchor that were kept: what is restored has to have grown out of them. */
  @Transform(list) @IsArray() @IsString({ each: true }) seen: string[] = [];
  /** `planner=2,policy=3` */
  @Transform(list) @IsArray() @Matches(REPLICAS_PATTERN, { each: true }) replicas: string[] = [];
  @Transform(number) @IsInt() @Min(1_000) @Max(300_000) sessionTimeoutMs = 10_000;
  /** Where Kafka's log lies; a folder in memory makes tests faster and forgets everything. */
  @IsOptional() @IsString() kafkaLogFolder?: string;
  @IsString() logLevel = 'info';
  /** What policy evaluates rules with; the service says what it knows. */
  @IsOptional() @IsString() policyEngine?: string;
  /** After so many failures in a row a service is given up; tests that kill services want more than the default. */
  @IsOptional() @Transform(number) @IsInt() @Min(1) @Max(1_000_000) restartAttempts?: number;
}

export const STACK_VARIABLES: Variables = {
  namespace: 'COUNTERSIGN_NAMESPACE',
  partitions: 'COUNTERSIGN_PARTITIONS',
  tenants: 'COUNTERSIGN_TENANTS',
  examples: 'COUNTERSIGN_EXAMPLES',
  slackSim: 'COUNTERSIGN_SLACK_SIM',
  witness: 'COUNTERSIGN_WITNESS',
  restore: 'COUNTERSIGN_RESTORE',
  seen: 'COUNTERSIGN_RESTORE_SEEN',
  replicas: 'COUNTERSIGN_REPLICAS',
  sessionTimeoutMs: 'COUNTERSIGN_SESSION_TIMEOUT_MS',
  kafkaLogFolder: 'COUNTERSIGN_KAFKA_LOG_FOLDER',
  logLevel: 'LOG_LEVEL',
  policyEngine: 'COUNTERSIGN_POLICY_ENGINE',
  restartAttempts: 'COUNTERSIGN_RESTART_ATTEMPTS',
};

/** Remembers what the data were made with. */
export const OPTIONS_FILE = 'options.json';

/** The options of this start, over those that the data were made with. Throws `CONFIG_INVALID`, also for another number of partitions. */
export const readStackOptions = (stackDir: string, env: NodeJS.ProcessEnv): StackOptions => {
  const made = readMade(join(stackDir, OPTIONS_FILE));
  const options = readConfig(StackOptions, { ...made, ...env }, STACK_VARIABLES);
  const fixed = made['COUNTERSIGN_PARTITIONS'];
  if (fixed !== undefined && Number(fixed) !== options.partitions) {
    throw new CountersignError('NAMESPACE_MISMATCH', `the data of this stack have ${fixed} partitions, not ${options.partitions}`, { hint: 'use another data folder, or remove this one' });
  }
  return options;
};

const readMade = (path: string): Record<string, string> => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
};

/** What later starts take over. */
export const remembered = ({ namespace, partitions, tenants, examples }: StackOptions): Record<string, string> => ({
  COUNTERSIGN_NAMESPACE: namespace,
  COUNTERSIGN_PARTITIONS: String(partitions),
  COUNTERSIGN_TENANTS: tenants.join(','),
  COUNTERSIGN_EXAMPLES: String(examples),
});
