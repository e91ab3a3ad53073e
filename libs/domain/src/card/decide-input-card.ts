import type { CardChangedV1, CardInputOpenedV1, Event } from '@countersign/contracts';
import { approverOf, contractFor } from '../control/lookups.js';
import type { ControlState } from '../control/control-state.js';
import type { Output } from '../output.js';
import { cut } from '../room.js';
import { areAnswersTaken } from '../run/in-slack.js';
import { channelFor, nameOf, namesThatFit, type CardContext } from './card-facts.js';
import type { CardState, InputCard } from './card-state.js';

/** What happens to a question of a run. */
export const OF_INPUT = ['countersign.run.input-claimed', 'countersign.run.input-reminded', 'countersign.run.input-escalated', 'countersign.run.input-answered', 'countersign.run.input-expired'] as const;

const LONGEST_NAME = 200;

/** Names of whoever has one of the roles; whom the run acts for may answer too, and is not looked up. */
const peopleWith = (roles: readonly string[], controls: ControlState): { readonly people: string[]; readonly morePeople: number } =>
  namesThatFit((controls.active?.approvers?.document.people ?? []).filter((person) => person.roles.some((role) => roles.includes(role))));

/** A run asks: a card is opened in the channel of the role. */
export const openInput = ({ tenant, workflow, run, step, data }: Event<'countersign.run.input-requested'>, state: CardState, context: CardContext): readonly Output[] => {
  const { controls } = context;
  const channel = channelFor([data.role], context);
  if (channel === undefined || tenant === undefined || workflow === undefined || run === undefined || step === undefined || state.cards.has(data.escalation)) return [];
  const contract = contractFor(controls, tenant, workflow)?.document.id;
  const opened: CardInputOpenedV1 = {
    card: data.escalation,
    kind: 'input',
    channel,
    question: data,
    deadline: data.deadline,
    ...peopleWith([data.role], controls),
    ...(areAnswersTaken(controls.active?.approvers?.document) && { isAnsweredHere: true as const }),
    ...(contract !== undefined && { contract }),
  };
  return [{ type: 'countersign.card.input-opened', tenant, workflow, run, step, subject: opened.card, data: opened }];
};

/** What an event is for the card of the question that it is about. */
export const changeOfInput = (event: Event<(typeof OF_INPUT)[number]>, { opened: { question } }: InputCard, { controls }: CardContext): Omit<CardChangedV1, 'card'> => {
  const named = (subject: Parameters<typeof approverOf>[1]): string => cut(nameOf(subject, controls), LONGEST_NAME);
  switch (event.type) {
    case 'countersign.run.input-claimed':
      return { what: 'claimed', by: named(event.data.by), until: event.data.until };
    case 'countersign.run.input-reminded':
      return { what: 'reminded' };
    case 'countersign.run.input-escalated': {
      const { to } = event.data;
      return { what: 'escalated', to, ...peopleWith([question.role, ...to], controls) };
    }
    case 'countersign.run.input-answered': {
      const { by, choice, reason } = event.data;
      return { what: 'answered', by: named(by), choice, reason };
    }
    case 'countersign.run.input-expired':
      return { what: 'expired' };
  }
};
