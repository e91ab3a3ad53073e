import type { DocumentFault } from '@countersign/domain';

/** What is wrong, or odd, in a file of the configuration. Whoever has the file's text turns `pointer` into line and column. */
export interface PolicyFault extends DocumentFault {
  readonly kind: 'policy' | 'tool' | 'contract';
  /** Id of the file. */
  readonly id: string;
  readonly rule?: string;
}
