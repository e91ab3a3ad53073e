import { sameFile, type VersionedFile, type WantedFile } from './config-file.js';

/** What putting a set of files in force changes. */
export interface ChangePlan {
  readonly added: readonly VersionedFile[];
  readonly changed: readonly { readonly before: VersionedFile; readonly after: VersionedFile }[];
  readonly removed: readonly VersionedFile[];
  readonly unchanged: readonly VersionedFile[];
  /** Files with a version that was published before with other content. */
  readonly reused: readonly { readonly file: VersionedFile; readonly next: number }[];
  /** All files that will be in force. */
  readonly files: readonly VersionedFile[];
  /** Those of them whose content is not on the log yet. */
  readonly unpublished: readonly VersionedFile[];
}

const newestVersion = (wanted: WantedFile, published: readonly VersionedFile[]): number =>
  Math.max(0, ...published.filter((file) => sameFile(file, wanted)).map(({ version }) => version));

/** Content that was published keeps its version, so that applying it again changes nothing; new content without one gets the next. */
const versioned = (wanted: WantedFile, published: readonly VersionedFile[]): VersionedFile => {
  const known = published.findLast((file) => sameFile(file, wanted) && file.hash === wanted.hash);
  return { ...wanted, version: wanted.version ?? known?.version ?? newestVersion(wanted, published) + 1 };
};

/** `published`: every file that was ever published, oldest first. A version names one content for ever, so that a record of it means something. */
export const planChange = (active: readonly VersionedFile[], wanted: readonly WantedFile[], published: readonly VersionedFile[]): ChangePlan => {
  const files = wanted.map((file) => versioned(file, published));
  const before = (file: VersionedFile): VersionedFile | undefined => active.find((other) => sameFile(other, file));
  const isPublished = (file: VersionedFile): boolean => published.some((other) => sameFile(other, file) && other.hash === file.hash && other.version === file.version);
  return {
    files,
    added: files.filter((file) => before(file) === undefined),
    changed: files.flatMap((after) => {
      const old = before(after);
      return old === undefined || old.hash === after.hash ? [] : [{ before: old, after }];
    }),
    removed: active.filter((file) => !files.some((other) => sameFile(other, file))),
    unchanged: files.filter((file) => before(file)?.hash === file.hash),
    reused: files
      .filter((file) => published.some((other) => sameFile(other, file) && other.version === file.version && other.hash !== file.hash))
      .map((file) => ({ file, next: newestVersion(file, published) + 1 })),
    unpublished: files.filter((file) => !isPublished(file)),
  };
};

/** Whether the plan changes what is in force. */
export const isEmpty = ({ added, changed, removed }: ChangePlan): boolean => added.length + changed.length + removed.length === 0;
