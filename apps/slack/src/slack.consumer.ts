import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, StepContext, type Outgoing, type Received } from '@countersign/bus';
import type { CardState, ControlState } from '@countersign/domain';
import { SlackHandler } from './slack.handler.js';

/** The way in of the Slack service from Kafka: what people are asked and told, what they said, and what came of it. */
@Controller()
export class SlackConsumer {
  constructor(private readonly handler: SlackHandler) {}

  @OnEvent(
    'countersign.approval.requested',
    'countersign.approval.notified',
    'countersign.approval.previewed',
    'countersign.approval.vote-cast',
    'countersign.approval.granted',
    'countersign.approval.rejected',
    'countersign.approval.expired',
    'countersign.approval.withdrawn',
    'countersign.approval.reminded',
    'countersign.approval.escalated',
    'countersign.approval.ballot-refused',
    'countersign.attempt.started',
    'countersign.action.succeeded',
    'countersign.action.verified',
    'countersign.action.diverged',
    'countersign.action.failed',
    'countersign.action.unknown',
    'countersign.grant.refused',
    'countersign.run.input-requested',
    'countersign.run.input-claimed',
    'countersign.run.input-reminded',
    'countersign.run.input-escalated',
    'countersign.run.input-answered',
    'countersign.run.input-expired',
    'countersign.run.answer-refused',
    'countersign.run.started',
    'countersign.run.closed',
  )
  handle(@Payload() received: Received, @Ctx() context: StepContext): readonly Outgoing[] {
    const { state, moment } = context as StepContext<CardState, ControlState>;
    return this.handler.handle(received, state, moment);
  }
}
