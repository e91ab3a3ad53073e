import type { Pinned } from '../../config/document.js';
import type { TenantDocument } from '../../config/tenant-document.js';
import { ANYTHING, fieldChanges, limits, same, subset, type FieldChecks } from './narrowing.js';
import type { SpokenOf } from './spoken-of.js';
import type { Widening } from './widening.js';

const CHECKS: FieldChecks<TenantDocument> = {
  // A name of the file: it is found by its tenant.
  id: ANYTHING,
  version: ANYTHING,
  tenant: same,
  // Told one by one below.
  directory: ANYTHING,
  // What is kept for a shorter time is gone sooner, and what is kept for longer is there for longer: people agree to both.
  retention: same,
  legalHold: (before, after) => Object.entries(before ?? {}).every(([matter, keys]) => subset(keys, after?.[matter])),
  budgets: (before, after) => limits({ ...before.day }, { ...after.day }) && limits({ ...before.month }, { ...after.month }),
};

const entriesOf = ({ directory }: TenantDocument): readonly (readonly [string, string])[] => Object.entries(directory).flatMap(([list, entries]) => entries.map((entry) => [list, entry] as const));

/** Which places become known to a tenant, and which of its caps are lifted. A file that is new can only cap. */
export const widenTenant = (before: TenantDocument | undefined, after: Pinned<TenantDocument>, { origin }: SpokenOf): readonly Widening[] => {
  const { tenant } = after.document;
  const widening = (what: string): Widening => ({ kind: 'tenant', id: after.id, tenants: [tenant], what });
  const known = new Set(before ? entriesOf(before).map(([list, entry]) => `${list}/${entry}`) : []);
  return [
    ...entriesOf(after.document)
      .filter(([list, entry]) => !known.has(`${list}/${entry}`))
      .map(([list, entry]) => widening(`\`${entry}\` is known, among ${list}`)),
    ...(origin && before && !same(before.directory, after.document.directory) ? [widening('other places are known, and rules speak of known ones')] : []),
    ...(before ? fieldChanges(CHECKS, before, after.document).map(widening) : []),
  ];
};

/** What a tenant whose file is gone is not held to any more. */
export const withoutTenant = ({ id, document }: Pinned<TenantDocument>, { origin }: SpokenOf): readonly Widening[] => {
  const widening = (what: string): Widening => ({ kind: 'tenant', id, tenants: [document.tenant], what });
  return [
    ...(origin && entriesOf(document).length > 0 ? [widening('no places are known, and rules speak of known ones')] : []),
    ...Object.entries(document.budgets)
      .filter(([, period]) => Object.keys(period).length > 0)
      .map(([period]) => widening(`\`budgets.${period}\` is no limit any more`)),
  ];
};
