/** `--only a --only b`, or `--only a,b`. */
export const listOf = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',').filter((part) => part !== '')];
