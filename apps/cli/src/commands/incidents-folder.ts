/** Where `replay promote` puts incidents, and `readiness` finds them; relative to the working folder. */
export const DEFAULT_INCIDENTS = 'test/incidents';
