/** Set where the stack of a bench has no archive. */
export const WITHOUT_ARCHIVE = 'COUNTERSIGN_BENCH_WITHOUT_ARCHIVE';
