/** Scripts of the workspace that run the command line. */
const SCRIPTS: ReadonlySet<string | undefined> = new Set(['countersign', 'demo']);

/** What a person types to run a command: as this one was started, so that it can be copied. */
export const commandLine = (args: string, env: NodeJS.ProcessEnv): string =>
  SCRIPTS.has(env['npm_lifecycle_event']) ? `npm run countersign -- ${args}` : `countersign ${args}`;
