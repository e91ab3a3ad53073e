import { readFileSync } from 'node:fs';

/** A file of this package, which lies at the same place seen from `src` and from `dist`. */
export const packageFile = (path: string): URL => new URL(`../${path}`, import.meta.url);

export const readJson = (path: string): unknown => JSON.parse(readFileSync(packageFile(path), 'utf8'));
