import { policySetOf, type ControlState } from '@countersign/domain';
import { codeOf, messageOf } from '@countersign/kernel';
import { compilePolicySet, type PolicyEngine, type PreparedPolicy } from '@countersign/policy-engines';

/** Where the reason is told why a configuration has no working policy set. */
export interface PolicyLog {
  info(message: string, fields: { readonly hash: string }): void;
  error(message: string, fields: { readonly hash: string; readonly code: string; readonly message?: string }): void;
}

/** The policy set of the configuration in force, compiled once and exchanged when the configuration changes. */
export class Policies {
  private prepared: { readonly hash: string; readonly policy: PreparedPolicy | undefined } | undefined;

  constructor(
    private readonly engine: PolicyEngine,
    private readonly log: PolicyLog,
  ) {}

  /** `undefined` where the set cannot be put in force: everything is denied then. It never falls back to an older set. */
  current(controls: ControlState): PreparedPolicy | undefined {
    const { hash, ...files } = policySetOf(controls);
    if (this.prepared?.hash === hash) return this.prepared.policy;
    const policy = this.prepare({ hash, ...files });
    this.prepared?.policy?.release();
    this.prepared = { hash, policy };
    return policy;
  }

  private prepare(files: ReturnType<typeof policySetOf>): PreparedPolicy | undefined {
    try {
      const compilation = compilePolicySet(files);
      if (compilation.ok) {
        this.log.info('the policy set is in force', { hash: files.hash });
        return this.engine.prepare(compilation.set);
      }
      for (const { id, message } of compilation.faults) this.log.error('the policy set cannot be put in force', { hash: files.hash, code: 'CONFIG_INVALID', message: `${id}: ${message}` });
    } catch (fault) {
      this.log.error('the policy set cannot be put in force', { hash: files.hash, code: codeOf(fault), message: messageOf(fault) });
    }
    return undefined;
  }
}
