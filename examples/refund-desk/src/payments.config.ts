export interface PaymentsConfig {
  readonly databaseUrl: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** What callers must send as `Authorization: Bearer`. */
  readonly apiToken: string;
  /** Whether `/faults` and bulk charges exist. Never on where money is real. */
  readonly faultSwitches: boolean;
}

const LARGEST_PORT = 65_535;

/** Reads the environment; reports every fault at once, because fixing one at a time is slow. */
export function paymentsConfig(env: Readonly<Record<string, string | undefined>>): PaymentsConfig {
  const faults: string[] = [];
  const databaseUrl = env['DATABASE_URL'] ?? '';
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) faults.push('DATABASE_URL must be a postgresql:// address');
  const apiToken = env['API_TOKEN'] ?? '';
  if (apiToken === '') faults.push('API_TOKEN must be set');
  const port = Number(env['PORT'] ?? '0');
  if (!Number.isInteger(port) || port < 0 || port > LARGEST_PORT) faults.push('PORT must be a port number, or 0');
  const switches = env['FAULT_SWITCHES'] ?? 'off';
  if (switches !== 'on' && switches !== 'off') faults.push('FAULT_SWITCHES must be `on` or `off`');
  if (faults.length > 0) throw new Error(`the configuration is not usable: ${faults.join('; ')}`);
  return Object.freeze({ databaseUrl, port, apiToken, faultSwitches: switches === 'on' });
}
