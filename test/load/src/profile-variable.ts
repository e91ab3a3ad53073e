/** Where the services leave their CPU profiles when they end; unset, they make none. Read in the process that runs the stack. */
export const PROFILE_VARIABLE = 'COUNTERSIGN_BENCH_PROFILE';
