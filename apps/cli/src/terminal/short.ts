import { operandOf } from '@countersign/kernel';
import { oneLine } from './safe-text.js';

/** 48 bits: nobody has two ids that begin alike, and a person can still read it aloud. */
const ID_SHOWN = 8;
const RUN_PREFIX = 'run-';

/** Start of an id, long enough to be typed in its place. */
export const shortId = (id: string): string => oneLine(id.slice(0, (id.startsWith(RUN_PREFIX) ? RUN_PREFIX.length : 0) + ID_SHOWN));

/** Start of a hash, as people compare them. */
export const shortHash = (hash: string): string => oneLine(hash.slice(0, 12));

/** Start of an id, as the operand of a command that is shown. */
export const operand = (id: string): string => operandOf(shortId(id));

const PRINCIPAL = /^spiffe:\/\/countersign\.local\/(?:(?:human|service)\/([^/]+)|tenant\/([^/]+)\/upstream|tenant\/[^/]+\/workflow\/[^/]+\/agent\/([^/]+))$/;

/** `ada`, `agent refund-desk`, `upstream of acme`; a principal of another installation is shown in full. */
export const who = (principal: string): string => {
  const [, name, tenant, agent] = PRINCIPAL.exec(principal) ?? [];
  if (name !== undefined) return name;
  if (tenant !== undefined) return `upstream of ${tenant}`;
  return agent === undefined ? oneLine(principal) : `agent ${agent}`;
};

/** Micro-USD as dollars; nothing spent is `-`. */
export const usd = (microUsd: number | undefined, formatUsd: (microUsd: number) => string): string => (microUsd === undefined || microUsd === 0 ? '-' : `$${formatUsd(microUsd)}`);
