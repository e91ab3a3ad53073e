/** An id as it is typed behind a command, last: one that begins with a dash would be taken for an option. */
export const operandOf = (id: string): string => (id.startsWith('-') ? `-- ${id}` : id);
