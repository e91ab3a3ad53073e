import type { ChangeTemplate, ChangeValue, DocumentFault, PreviewSource } from '@countersign/domain';
import type { RawChangeValue, RawPreview, RawTool } from './raw.js';
import { requestOf } from './read-request.js';

/** The shape lets one of them stand. */
const valueOf = (raw: RawChangeValue): ChangeValue => {
  if (typeof raw === 'string') return { from: 'answer', pointer: raw };
  const { arg, value, sum } = raw;
  if (arg !== undefined) return { from: 'arg', pointer: arg };
  return sum === undefined ? { from: 'value', value: value ?? '' } : { from: 'sum', of: sum.map(valueOf) };
};

const changeOf = ({ field, now, after, unit }: RawPreview['changes'][number]): ChangeTemplate => ({ field, ...(now !== undefined && { now: valueOf(now) }), ...(after !== undefined && { after: valueOf(after) }), ...(unit !== undefined && { unit }) });

/** What a preview asks for must have no effect: a GET has none, and of any other request somebody has to say that they know it. */
export const previewOf = ({ dry_run: dryRun, read }: NonNullable<RawTool['preview']>, faults: DocumentFault[]): PreviewSource => {
  const [kind, raw] = dryRun ? (['dry-run', dryRun] as const) : (['read', read ?? NOTHING] as const);
  const pointer = `/preview/${dryRun ? 'dry_run' : 'read'}`;
  if (raw.request.method !== 'GET' && raw.safe !== true) faults.push({ pointer: `${pointer}/request/method`, message: 'is made before anybody has said yes: only a GET is known to change nothing, and any other request needs `safe: true`' });
  return { kind, request: requestOf(raw.request), changes: raw.changes.map(changeOf) };
};

/** The shape lets one of the two stand. */
const NOTHING: RawPreview = { request: { method: 'GET', path: '/' }, changes: [] };
