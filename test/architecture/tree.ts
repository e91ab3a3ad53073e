/** A node of the syntax tree that rolldown's parser gives. */
export interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Calls `see` for every node, outer ones first. */
export const visit = (node: Node, see: (node: Node, parent: Node | undefined) => void, parent?: Node): void => {
  see(node, parent);
  for (const child of Object.values(node)) {
    for (const each of Array.isArray(child) ? child : [child]) if (isNode(each)) visit(each, see, node);
  }
};

/** What a string literal says, or a template without anything to be filled in; `undefined` for what only a run can tell. */
export const textOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const { quasis, expressions } = node as unknown as { readonly quasis: readonly { readonly value: { readonly cooked: string } }[]; readonly expressions: readonly unknown[] };
  return expressions.length === 0 ? quasis[0]?.value.cooked : undefined;
};

export const nameOf = (node: unknown): string | undefined => (isNode(node) && node.type === 'Identifier' ? String(node['name']) : undefined);
