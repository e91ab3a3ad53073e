import type { KeyObject } from 'node:crypto';
import { keyAt, type ControlState } from '@countersign/domain';
import { openGrantToken, publicKeyOf, type GrantData, type OpenedToken } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';

/** Opens what policy has sealed into a grant for a tool whose credential is exchanged for it. */
export class GrantTokens {
  /** The executor's own. */
  constructor(private readonly signingKey: KeyObject) {}

  open(grant: GrantData, { now, controls }: { readonly now: Instant; readonly controls: ControlState }): Promise<OpenedToken> {
    const policyKey = (id: Parameters<typeof keyAt>[1]): KeyObject | undefined => {
      const known = keyAt(controls, id, now);
      return known?.service === 'policy' ? publicKeyOf(known.publicKey) : undefined;
    };
    return openGrantToken(grant, { signingKey: this.signingKey, policyKey, now });
  }
}
