import { seconds } from '@countersign/kernel';

/** A grant is stale after this: whatever has changed since is looked at again. */
export const GRANT_LIFE = seconds(60);
