import { SERVICES, type Service } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';

/** Who logs in to Kafka besides upstream systems. */
export type Principal = Service | 'operator';

/** `KAFKA_USERNAME_PLANNER`, `KAFKA_PASSWORD_FILE_PLANNER`. */
const variablesOf = (principal: string): readonly [username: string, passwordFile: string] => {
  const suffix = principal.toUpperCase();
  return [`KAFKA_USERNAME_${suffix}`, `KAFKA_PASSWORD_FILE_${suffix}`];
};

/** The login that the environment has for one principal alone, under the names that services read; empty where it has none. Throws `CONFIG_INVALID`. */
export const loginOf = (principal: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> => {
  const [usernameVariable, passwordVariable] = variablesOf(principal);
  const [username, passwordFile] = [env[usernameVariable] || undefined, env[passwordVariable] || undefined];
  if (username === undefined && passwordFile === undefined) return {};
  if (username === undefined || passwordFile === undefined) throw new CountersignError('CONFIG_INVALID', `of ${usernameVariable} and ${passwordVariable} one is missing`, { hint: 'set both, or neither' });
  return { KAFKA_USERNAME: username, KAFKA_PASSWORD_FILE: passwordFile };
};

/** Services that log in as another one does too: access rules cannot tell them apart. */
export const sharedLogins = (env: NodeJS.ProcessEnv): readonly Service[] => {
  const users = SERVICES.map((service) => loginOf(service, env)['KAFKA_USERNAME'] ?? env['KAFKA_USERNAME']);
  return SERVICES.filter((_, index) => users.filter((user) => user === users[index]).length > 1);
};
