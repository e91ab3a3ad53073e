import { IMPURE_NAMES } from './boundaries.js';
import { nameOf, textOf, visit, type Node } from './tree.js';

/** Whether an identifier only names a property or a type: `at.Date` has nothing to do with the clock. */
const isLabel = (node: Node, parent: Node | undefined): boolean => {
  if (parent === undefined) return false;
  if (parent.type === 'TSTypeReference' || parent.type === 'TSPropertySignature') return true;
  const isNamed = (parent.type === 'MemberExpression' && parent['property'] === node) || (parent.type === 'Property' && parent['key'] === node);
  return isNamed && parent['computed'] === false;
};

/** `Math` is pure but for its dice: each use must name the function, so that it is seen which. */
const mathFault = (node: Node, parent: Node | undefined): string | undefined => {
  if (parent?.type !== 'MemberExpression' || parent['object'] !== node) return 'Math` other than as `Math.name';
  const property = parent['computed'] === false ? nameOf(parent['property']) : textOf(parent['property']);
  if (property === undefined) return 'Math` other than as `Math.name';
  return property === 'random' ? 'Math.random' : undefined;
};

/** What makes a pure file depend on more than its arguments. */
export const impurities = (tree: Node): string[] => {
  const found: string[] = [];
  visit(tree, (node, parent) => {
    const name = nameOf(node);
    if (node.type === 'MetaProperty') found.push('import.meta');
    if (name === undefined || isLabel(node, parent)) return;
    if (IMPURE_NAMES.has(name)) found.push(name);
    const fault = name === 'Math' ? mathFault(node, parent) : undefined;
    if (fault !== undefined) found.push(fault);
  });
  return found;
};
