import { Inject, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { webApi } from '@slack/bolt';
import { loadKeyFile } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import type { ServiceParts } from '@countersign/service';
import { BallotBox } from './adapters/ballot-box.js';
import { BoltApp } from './adapters/bolt-app.js';
import { KnownCards } from './adapters/known-cards.js';
import { CARD_CLIENT, SlackMessages } from './adapters/slack-messages.js';
import { Presses } from './press/presses.js';
import type { SlackConfig } from './slack.config.js';
import { SlackConsumer } from './slack.consumer.js';
import { SlackHandler } from './slack.handler.js';

/** Wiring of the service: cards go out by one client, presses come in through Bolt. */
@Module({})
export class SlackModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(BoltApp) private readonly bolt: BoltApp,
    @Inject(BallotBox) private readonly box: BallotBox,
  ) {}

  static of({ config, broker, controls, log }: ServiceParts<SlackConfig>): DynamicModule {
    const { botToken, appToken, signingSecret, port, apiUrl, channel, namespace, partitions, keyFile } = config;
    const known = new KnownCards(partitions);
    const messages = new SlackMessages(new webApi.WebClient(botToken, { slackApiUrl: apiUrl, ...CARD_CLIENT, logger: silent }));
    const box = new BallotBox({ broker, namespace, partitions, privateKey: loadKeyFile(keyFile), clock: systemClock });
    const presses = new Presses({ known, box, directory: () => controls.state.active?.approvers?.document, home: () => bolt.team, clock: systemClock, log });
    const bolt: BoltApp = new BoltApp({ botToken, appToken, signingSecret, port, apiUrl, presses, messages, log });
    return {
      module: SlackModule,
      controllers: [SlackConsumer],
      providers: [
        { provide: BoltApp, useValue: bolt },
        { provide: BallotBox, useValue: box },
        { provide: SlackHandler, useFactory: (): SlackHandler => new SlackHandler({ messages, known, channel }) },
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.box.open();
    await this.bolt.start();
  }

  /** First nobody can press any more, then the cards are left as they are. */
  async onApplicationShutdown(): Promise<void> {
    await this.bolt.stop();
  }
}

/** What went wrong is in the log of events, by Slack's own word. */
const silent: webApi.Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, setLevel: () => undefined, getLevel: () => 'error' as never, setName: () => undefined };
