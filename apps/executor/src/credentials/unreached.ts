import { causesOf } from '@countersign/outbound';
import { none, noneNow, type NoCredential } from './credential.js';

/** What a request to a server of credentials that was not answered means: it leads where it may not, which it would again, or the server is away. */
export const unreached = (fault: unknown): NoCredential => (causesOf(fault).some(({ isOurs }) => isOurs) ? none('credential.destination-private') : noneNow('credential.unavailable'));
