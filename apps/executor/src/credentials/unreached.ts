import { CallRefused } from '@countersign/outbound';
import { none, noneNow, type NoCredential } from './credential.js';

/** What a request to a server of credentials that was not answered means: it leads where it may not, which it would again, or the server is away. */
export const unreached = (fault: unknown): NoCredential => {
  const { cause } = fault as { readonly cause?: unknown };
  return [fault, cause].some((each) => each instanceof CallRefused) ? none('credential.destination-private') : noneNow('credential.unavailable');
};
