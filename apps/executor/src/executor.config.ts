import { Transform } from 'class-transformer';
import { IsArray, IsOptional, IsString, Matches } from 'class-validator';
import { list, readServiceConfig, ServiceConfig } from '@countersign/service';

/** Only the executor knows where outside systems are and what opens them. */
export class ExecutorConfig extends ServiceConfig {
  /** JSON, mode 0600: `{"payments": {"url": "...", "token": "..."}}`; docs/adapters.md has every key. */
  @IsString() connectionsFile!: string;
  /** Where the keys of sealed values are: `file:` and a folder that it may write to. Without it, nothing that is sealed is opened, and no tool is called whose answer would have to be sealed. */
  @IsOptional() @IsString() dataKeys?: string;
  /** Names of the variables that connections may take a credential from; none unless given. */
  @Transform(list) @IsArray() @Matches(/^[A-Z][A-Z0-9_]*$/, { each: true }) credentialVariables: string[] = [];
}

export const readExecutorConfig = (env: NodeJS.ProcessEnv): ExecutorConfig =>
  readServiceConfig(ExecutorConfig, env, { connectionsFile: 'COUNTERSIGN_CONNECTIONS_FILE', dataKeys: 'COUNTERSIGN_DATA_KEYS', credentialVariables: 'COUNTERSIGN_CREDENTIAL_VARIABLES' });

/** The values of the variables. They are taken out of the environment, so that no child process, report or library finds them there. */
export const takeVariables = (names: readonly string[], env: NodeJS.ProcessEnv): ReadonlyMap<string, string> =>
  new Map(
    names.flatMap((name) => {
      const value = env[name];
      delete env[name];
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  );
