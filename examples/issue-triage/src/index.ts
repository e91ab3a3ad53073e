export { TRIAGE_USER, startGitHub } from './github.js';
export type { GitHub, GitHubOptions } from './github.js';
export { TRIAGE_WORKFLOW, triageTasks } from './tasks.js';
export type { TriageEvent, TriageTask } from './tasks.js';
