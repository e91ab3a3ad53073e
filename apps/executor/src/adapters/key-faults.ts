import { codeOf, type ErrorCode } from '@countersign/kernel';

const FINAL: Partial<Record<ErrorCode, string>> = { KEY_SHREDDED: 'key.shredded', KEY_UNKNOWN: 'key.unknown', SEAL_INVALID: 'seal.invalid' };

/** What the log says of a sealed value that stays as it is, however often it is asked for; `undefined` where keys cannot be reached now, and may be in a moment. */
export const finalKeyFault = (fault: unknown): string | undefined => FINAL[codeOf(fault)];
