import { BALLOTS } from './ballots.ts';
import { CONTROLS } from './controls.ts';
import { GRANTS } from './grants.ts';
import { JSON_KINDS } from './json.ts';
import { SIGNATURES } from './signatures.ts';
import { AT_THE_DOOR, BY_A_WHOLE_GATEWAY } from './tasks.ts';
import { TOKENS } from './tokens.ts';

/** Records that executor, approvals and ledger refuse. */
export const RECORD_KINDS = [...BALLOTS, ...CONTROLS, ...GRANTS, ...JSON_KINDS, ...SIGNATURES, ...TOKENS];
/** Tasks that the gateway and policy refuse. */
export const TASK_KINDS = [...AT_THE_DOOR, ...BY_A_WHOLE_GATEWAY];
