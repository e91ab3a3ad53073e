import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { CountersignError } from '@countersign/kernel';

/** `property -> environment variable`, so that a fault names what the operator can change. */
export type Variables = Readonly<Record<string, string>>;

const describe = (fault: ValidationError, variables: Variables): string[] => {
  const own = Object.values(fault.constraints ?? {}).map((message) => `${variables[fault.property] ?? fault.property}: ${message.replace(fault.property, 'the value')}`);
  return [...own, ...(fault.children ?? []).flatMap((child) => describe(child, variables))];
};

/**
 * The environment as a frozen, checked object. Empty variables count as absent.
 * Throws `CONFIG_INVALID` with every fault at once, each by the name of its variable and never with its value.
 */
export const readConfig = <Config extends object>(type: new () => Config, env: NodeJS.ProcessEnv, variables: Variables): Config => {
  const given = Object.entries(variables).flatMap(([property, variable]) => {
    const value = env[variable];
    return value === undefined || value === '' ? [] : [[property, value] as const];
  });
  const config = plainToInstance(type, Object.fromEntries(given), { exposeDefaultValues: true });
  const faults = validateSync(config, { forbidUnknownValues: true }).flatMap((fault) => describe(fault, variables));
  if (faults.length > 0) {
    throw new CountersignError('CONFIG_INVALID', `the environment is not as it must be:\n  ${faults.join('\n  ')}`, {
      hint: 'docs/operations.md lists every variable',
    });
  }
  return Object.freeze(config);
};
