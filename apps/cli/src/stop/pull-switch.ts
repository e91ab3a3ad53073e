import { narrows, scopeKey, scopeText, type ControlState, type Scope, type StopControl } from '@countersign/domain';
import type { CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog, type PendingLift } from '../controls/control-log.js';
import { publishControls, republishControl, requireMay } from '../controls/publish-controls.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** A switch of some scope, as it is to be pulled. */
export type SwitchControl = { [Type in StopControl['type']]: { readonly type: Type; readonly subject: string; readonly data: Extract<StopControl, { readonly type: Type }>['data'] } }[StopControl['type']];

export interface Pull {
  readonly controls: readonly SwitchControl[];
  /** What to say once it is in force. */
  readonly done: string;
}

/** Whether a control says the same as one that waits for signatures, apart from why. */
const isLike =
  ({ type, data }: SwitchControl) =>
  ({ event }: PendingLift): boolean => {
    const [one, other] = [data, event.data].map((each) => JSON.stringify(Object.entries(Object.assign({}, each, { reason: '' })).toSorted(([a], [b]) => (a < b ? -1 : 1))));
    return event.type === type && scopeKey(event.data) === scopeKey(data) && one === other;
  };

/**
 * Signs what `pull` makes of what is in force, and appends it: to what others have signed already, where it says the same. Nothing
 * is done where `pull` gives `undefined`: the person does not want it.
 */
export const pullSwitch = async (context: CommandContext, scope: Scope, pull: (state: ControlState, kafka: Kafka) => Promise<Pull | undefined> | Pull): Promise<ExitCode> => {
  const { terminal, clock } = context;
  const root = readRoot(context);
  const person = readPerson(context);
  return withKafka(context, async (kafka) => {
    const { broker, namespace } = kafka;
    const { state, lifts } = await readControlLog(broker, namespace, root);
    const pulled = await pull(state, kafka);
    if (!pulled) return EXIT.error;
    requireMay(root, person, pulled.controls);
    let missing = 0;
    for (const control of pulled.controls) {
      const known = lifts.find(isLike(control));
      const signers = new Set([...(known?.signers ?? []), person.subject]);
      if (known) await republishControl(broker, namespace, known.value, [...new Set([...known.signatures, person.sign(known.value)])]);
      else await publishControls(broker, namespace, person, [control], clock.now());
      if (!narrows(control as unknown as StopControl)) missing = Math.max(missing, root.quorum.operator - signers.size);
    }
    terminal.result(
      () => (missing > 0 ? `signed; ${missing} more of the operators ${missing === 1 ? 'has' : 'have'} to run the same command before ${scopeText(scope)} goes on` : pulled.done),
      () => ({ scope: scopeText(scope), changed: pulled.controls.length > 0 && missing <= 0, ...(missing > 0 && { missing }) }),
    );
    return missing > 0 ? EXIT.pending : EXIT.ok;
  });
};
