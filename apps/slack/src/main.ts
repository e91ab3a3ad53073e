import { runOwner } from '@countersign/service';
import { readSlackConfig } from './slack.config.js';
import { SlackHandler } from './slack.handler.js';
import { SlackModule } from './slack.module.js';

await runOwner({ service: 'slack', readConfig: readSlackConfig, module: (parts) => SlackModule.of(parts), step: SlackHandler });
