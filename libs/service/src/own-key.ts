import type { BusRuntime, ControlsFollower, Timers } from '@countersign/bus';
import type { Service } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { CountersignError, seconds, type KeyId } from '@countersign/kernel';

/** Whoever rotates a key announces it first; the seconds are for an announcement that is on its way while the service starts. */
export const ANNOUNCEMENT_DEADLINE = seconds(10);

export interface OwnKeyOptions {
  readonly service: Service;
  readonly key: KeyId;
  readonly controls: Pick<ControlsFollower<ControlState>, 'start' | 'state' | 'onChange' | 'onFault'>;
  readonly timers: Timers;
  /** The consumer has to stop for good. */
  readonly onFatal: (fault: unknown) => void;
}

type Options = Omit<OwnKeyOptions, 'onFatal'>;

/** What stands in the way of signing with the key by what is in force, and whether waiting could help. */
const obstacle = ({ service, key, controls }: Options): { readonly fault: CountersignError; readonly final: boolean } | undefined => {
  const known = controls.state.keys.get(key);
  const hint = `announce it with a \`countersign.key.announced\` of \`${key}\` for \`${service}\`, signed by an admin of the root file; \`countersign dev up\` does so for the keys of its own stack`;
  if (!known) return { fault: new CountersignError('SIGNER_UNKNOWN', `the key \`${key}\` of ${service} is not announced: nobody would accept what it signs`, { hint }), final: false };
  // A key belongs to one service for ever, and a retired one never comes back.
  const another = `make a new key for ${service} and announce that one with a \`countersign.key.announced\`, signed by an admin of the root file`;
  if (known.service !== service) return { fault: new CountersignError('SIGNER_WRONG', `the key \`${key}\` of ${service} is announced for ${known.service}`, { hint: another }), final: true };
  if (known.retiredAt !== undefined) return { fault: new CountersignError('SIGNER_UNKNOWN', `the key \`${key}\` of ${service} is retired: nobody accepts what it signs`, { hint: another }), final: true };
  return undefined;
};

/** Resolves once the key is announced for the service; throws `SIGNER_UNKNOWN`, `SIGNER_WRONG`, or why the controls cannot be followed. */
const announced = (options: Options): Promise<void> => {
  const { controls, timers } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    const found = obstacle(options);
    if (!found) resolve();
    else if (found.final) reject(found.fault);
  };
  const letGo = [
    controls.onChange(look),
    controls.onFault(reject),
    timers.after(ANNOUNCEMENT_DEADLINE, () => reject(obstacle(options)?.fault)),
  ];
  look();
  return promise.finally(() => {
    for (const off of letGo) off();
  });
};

/**
 * The runtime behind its own key: it joins its group only once the controls were read to their end and the key is announced for the
 * service, and is told to stop for good when the key is retired. Without that a service takes partitions, writes what every reader
 * refuses, and commits: work would vanish.
 */
export const behindOwnKey = (options: OwnKeyOptions, runtime: BusRuntime): BusRuntime => {
  const { controls, onFatal } = options;
  let stopped = false;
  let letGo: (() => void) | undefined;
  const watch = (): void => {
    const found = obstacle(options);
    if (!found || stopped) return;
    letGo?.();
    onFatal(found.fault);
  };
  return {
    start: async () => {
      await controls.start();
      await announced(options);
      if (stopped) return;
      letGo = controls.onChange(watch);
      await runtime.start();
    },
    stop: () => {
      stopped = true;
      letGo?.();
      return runtime.stop();
    },
  };
};
