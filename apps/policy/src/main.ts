import { runOwner } from '@countersign/service';
import { readPolicyConfig } from './policy.config.js';
import { PolicyHandler } from './policy.handler.js';
import { PolicyModule } from './policy.module.js';

await runOwner({ service: 'policy', readConfig: readPolicyConfig, module: (parts) => PolicyModule.of(parts), step: PolicyHandler });
