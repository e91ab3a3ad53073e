import { CountersignError } from '@countersign/kernel';

const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
/** S3 takes no longer key. */
const MAX_PATH = 1_024;

/** Paths become keys of buckets and names of files: they lead nowhere else. */
export const checkPath = (path: string): void => {
  if (path.length > MAX_PATH || !PATH.test(path)) throw new CountersignError('INTERNAL', `\`${path.slice(0, 100)}\` is no path of an archive`);
};
