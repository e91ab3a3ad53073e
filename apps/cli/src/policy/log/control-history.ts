import type { LogRecord } from '@countersign/bus/client';
import { policySetOf, type ControlState } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import type { Sha256 } from '@countersign/kernel';
import { CedarEngine, compilePolicySet, type PreparedPolicy } from '@countersign/policy-engines';
import { foldControlLog } from '../../controls/control-log.js';

/** What people had put in force when policy decided. */
export class ControlHistory {
  #newest: { readonly epoch: number; readonly state: ControlState } | undefined;
  readonly #policies = new Map<Sha256, PreparedPolicy | undefined>();

  constructor(
    private readonly records: readonly LogRecord[],
    private readonly root: Root,
  ) {}

  /** The controls up to an offset; quick where it is that of the call before, as in a walk it mostly is. */
  at(epoch: number): ControlState {
    if (this.#newest?.epoch !== epoch) this.#newest = { epoch, state: foldControlLog(this.records.filter(({ offset }) => offset <= epoch), this.root).state };
    return this.#newest.state;
  }

  /** The policy set of these controls in an engine; `undefined` where it does not compile any more. */
  policyOf(controls: ControlState): PreparedPolicy | undefined {
    const files = policySetOf(controls);
    if (!this.#policies.has(files.hash)) {
      const compilation = compilePolicySet(files);
      this.#policies.set(files.hash, compilation.ok ? new CedarEngine().prepare(compilation.set) : undefined);
    }
    return this.#policies.get(files.hash);
  }

  /** Frees every policy set. */
  release(): void {
    for (const policy of this.#policies.values()) policy?.release();
    this.#policies.clear();
  }
}
