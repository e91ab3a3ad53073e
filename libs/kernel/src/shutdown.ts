import { seconds } from './duration.js';

/**
 * A service that is told to stop ends by itself within this, and holds its partitions no longer. It may finish what runs (10 s), leave
 * its groups (5 s) and send what its telemetry has left (2 s). Whoever supervises it gives it more, or what it was about to hand over is lost
 * to the next owner until the session has ended; 30 s, as Kubernetes does, are enough.
 */
export const SHUTDOWN_DEADLINE = seconds(25);
