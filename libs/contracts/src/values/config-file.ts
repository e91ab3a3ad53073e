import type { JsonObject, Sha256 } from '@countersign/kernel';
import { IsCount, IsJson, IsName, IsSha256, IsText } from './decorators.js';

/** One file of the configuration, as a control. It takes effect when a manifest activates it. */
export class ConfigFile {
  @IsName() id!: string;
  @IsCount(1) version!: number;
  /** SHA-256 of the canonical JSON of `body`. */
  @IsSha256() hash!: Sha256;
  /** Path below the configuration folder, for messages. */
  @IsText(300) path!: string;
  @IsJson() body!: JsonObject;
}
