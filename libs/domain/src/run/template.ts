/** A piece of a playbook template: text, or a pointer into the task or into a step's result. */
export type TemplatePart =
  | { readonly text: string }
  | { readonly of: 'task'; readonly pointer: string }
  | { readonly of: 'step'; readonly step: string; readonly pointer: string };

const PIECE = /\{\{|\}\}|\{([a-z0-9-]+):((?:\/[^{}]*)?)\}|[{}]/g;

/** Pieces of `opened by {task:/user/login}`; `undefined` where a brace stands alone (`{{` and `}}` are braces). */
export const templateParts = (template: string): readonly TemplatePart[] | undefined => {
  const parts: TemplatePart[] = [];
  let from = 0;
  const text = (piece: string): void => {
    if (piece !== '') parts.push({ text: piece });
  };
  for (const match of template.matchAll(PIECE)) {
    text(template.slice(from, match.index));
    from = match.index + match[0].length;
    const [piece, of, pointer] = match;
    if (of !== undefined && pointer !== undefined) parts.push(of === 'task' ? { of, pointer } : { of: 'step', step: of, pointer });
    else if (piece === '{{' || piece === '}}') text(piece.slice(1));
    else return undefined;
  }
  text(template.slice(from));
  return parts;
};
