import { chmodSync, mkdirSync, statSync } from 'node:fs';

/** What others write into it has modes of its own choice: Kafka's files can be read by everybody who gets to them. */
const OWNER_ONLY = 0o700;
/** Others may go on to a folder below that is theirs, and neither list nor change anything. */
const PASSAGE = 0o711;

/** As root PostgreSQL runs under another account, which has to get to its data; else nobody has to. */
const passageMode = (): number => (process.getuid?.() === 0 ? PASSAGE : OWNER_ONLY);

/** Takes rights away only: a folder that somebody closed further stays so. */
const close = (path: string, mode: number): void => {
  const found = statSync(path).mode & 0o777;
  if ((found & mode) !== found) chmodSync(path, found & mode);
};

/** Makes the folder if it is not there; one that an earlier version left open is closed. For folders that only the stack uses. */
export const makePrivateFolder = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
  close(path, OWNER_ONLY);
};

/** The same for a folder with PostgreSQL's data in it. */
export const makePassage = (path: string): void => {
  makeDataFolder(path);
  close(path, passageMode());
};

/** Makes a folder on the way to PostgreSQL's data. One that is there stays as it is: it can be somebody's own, with other things in it. */
export const makeDataFolder = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: passageMode() });
};
