import type { LogRecord, Outgoing } from '@countersign/bus';
import type { EventData } from '@countersign/contracts';
import { codeOf, type ErrorCode, type RunId, type Workflow } from '@countersign/kernel';

/** What a record of an inbox is: something to be carried out, or why it is nothing. */
export type FromInbox =
  | { readonly refusal: EventData<'countersign.task.refused'>; readonly workflow?: Workflow }
  | {
      /** Of the cause of what is written. */
      readonly id: string;
      /** How the upstream knows it. */
      readonly told: EventData<'countersign.task.accepted'>;
      readonly outgoing: Extract<Outgoing, { readonly type: 'countersign.task.submitted' | 'countersign.task.answered' | 'countersign.task.claimed' | 'countersign.undo.ordered' }> & { readonly run: RunId };
    };

const SIGNATURE_REFUSALS: Partial<Record<ErrorCode, string>> = { SIGNATURE_MISSING: 'signature.missing', SIGNER_UNKNOWN: 'signer.unknown' };

/** What is refused with that a person should have signed, and has not so. */
export const signatureRefusal = (fault: unknown): string => SIGNATURE_REFUSALS[codeOf(fault)] ?? 'signature.invalid';

/** Whether a record is a CloudEvent of a type that only people send; nothing else of it is believed. */
export const isRequest = ({ value }: Pick<LogRecord, 'value'>, type: string): boolean => {
  if (!value?.includes(type)) return false;
  try {
    return (JSON.parse(String(value)) as { readonly type?: unknown } | null)?.type === type;
  } catch {
    return false;
  }
};
