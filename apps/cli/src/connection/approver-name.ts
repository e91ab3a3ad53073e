import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings } from './settings.js';

/** Principal of who answers here, whose key is not asked for; nothing where none is named. */
export const approverNamed = (context: CommandContext): string | undefined => {
  const settings = readSettings(context);
  return settings.get('approver.subject', CLIENT_VARIABLES.person) ?? settings.get('person.subject', CLIENT_VARIABLES.person);
};
