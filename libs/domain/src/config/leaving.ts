import type { Risk, ToolContract } from './tool-contract.js';

/** What leaves the house even where a tool does not say whereto. */
const LEAVING: ReadonlySet<Risk> = new Set(['send', 'export', 'money', 'access']);

/** Whether the calls of a tool say where they go, or what the task has to say: without that no test of destinations can hold. */
export const tellsDestinations = ({ destinations, fromTask }: Pick<ToolContract, 'destinations' | 'fromTask'>): boolean => destinations.length > 0 || fromTask.length > 0;

/** Whether calls of a tool take something outside: also a read that says where it reads can carry out what it is told to ask for. */
export const leaves = (tool: Pick<ToolContract, 'destinations' | 'fromTask' | 'risk'>): boolean => tellsDestinations(tool) || tool.risk.some((risk) => LEAVING.has(risk));

/** Whether calls of a tool change or tell something outside. */
export const reachesOut = (tool: Pick<ToolContract, 'effect' | 'destinations' | 'fromTask' | 'risk'>): boolean => tool.effect === 'write' || leaves(tool);

/** Whether any text of a call is scanned: without that no test of what texts contain can hold. */
export const isScanned = (tool: Pick<ToolContract, 'scan' | 'effect' | 'destinations' | 'fromTask' | 'risk'>): boolean => (tool.scan ? tool.scan.length > 0 : reachesOut(tool));
