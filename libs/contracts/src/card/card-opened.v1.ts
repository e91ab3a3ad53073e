import { Equals, IsIn, Matches } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsCount, IsName, IsNames, IsPart, IsParts, IsPrincipal, IsSha256, IsText, IsTexts, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { SLACK_CHANNEL_PATTERN } from '../values/patterns.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Arguments whose unit the tool's contract says: pointers into them. */
export class CardAmount {
  @IsText(200) arg!: string;
  @IsIn(['usd-cents', 'usd']) unit!: 'usd-cents' | 'usd';
}

/** What was in force when the card was opened, as far as it is shown. */
export class CardFacts {
  @IsIn(['read', 'write']) effect!: 'read' | 'write';
  /** What the tool's contract says it is about: `money`, `delete`. */
  @IsNames() risk!: string[];
  /** Name of something that undoes it; absent where nothing does. */
  @Optional() @IsText(120) undo?: string;
  @IsParts(() => CardAmount) amounts!: CardAmount[];
  /** Pointers to arguments that are free text: the agent's own words. */
  @IsTexts(200) prose!: string[];
  /** Files of rules, with their versions: `refunds 3`. */
  @IsTexts(100) policies!: string[];
  /** Limits of the run, for people; empty where the contract has none. */
  @IsTexts(100) budget!: string[];
  /** Names of who may answer; as many as there is room for. */
  @IsTexts(200) people!: string[];
  /** How many more there are. */
  @IsCount() morePeople!: number;
  /** Version of the tool's contract. */
  @Optional() @IsCount(1) toolVersion?: number;
  /** Set of rules in force. */
  @Optional() @IsSha256() policySet?: Sha256;
  /** The highest tier whose votes count in Slack. */
  @IsCount() maxTier!: number;
}

/** A card is to be shown in a channel of Slack: of what people are asked, or of what they are told. It is posted once this is in the log. */
export class CardOpenedV1 {
  /** Id of the approval, or of the grant where people are told. */
  @IsText(64) card!: string;
  @IsIn(['question', 'notice']) kind!: 'question' | 'notice';
  @Matches(SLACK_CHANNEL_PATTERN) channel!: string;
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  /** As many as there is room for. */
  @IsParts(() => Reason) reasons!: Reason[];
  /** 1 where people are told. */
  @IsCount(1) tier!: number;
  /** 0 where people are told. */
  @IsCount() quorum!: number;
  /** Empty: any approver. */
  @IsNames() roles!: string[];
  /** Until then it can be answered; of a notice, until then it may be taken back, and absent where nobody can take it back. */
  @Optional() @IsTimestamp() deadline?: string;
  @Optional() @Equals(true) confirmation?: true;
  @Optional() @Equals(true) irreversible?: true;
  /** The executor is looking at what would change; absent where the tool has no way for that. */
  @Optional() @Equals('pending') preview?: 'pending';
  /** Whom the run acts for, and the agent; absent in a notice. */
  @Optional() @IsPrincipal() sub?: Principal;
  @Optional() @IsPrincipal() act?: Principal;
  @IsPart(() => CardFacts) facts!: CardFacts;
  /** The agent contract of the run. */
  @Optional() @IsName() contract?: string;
}

export const SAMPLE_CARD: CardOpenedV1 = {
  card: SAMPLE.approval,
  kind: 'question',
  channel: 'C0123ABCD',
  action: SAMPLE.action,
  actionHash: SAMPLE.actionHash,
  reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }],
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  deadline: '2026-01-02T04:04:05.000Z',
  sub: SAMPLE.upstream,
  act: SAMPLE.agent,
  facts: {
    effect: 'write',
    risk: ['money'],
    amounts: [{ arg: '/amount_cents', unit: 'usd-cents' }],
    prose: [],
    policies: ['refunds 3'],
    budget: ['0.08 USD', '12 calls'],
    people: ['Ada'],
    morePeople: 0,
    toolVersion: 1,
    policySet: SAMPLE.fileHash,
    maxTier: 3,
  },
  contract: 'refund-desk',
};

export const cardOpenedV1 = defineEvent({ type: 'countersign.card.opened', version: 1, topic: 'cards', dataClass: CardOpenedV1, sample: SAMPLE_CARD });
