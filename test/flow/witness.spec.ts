import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeVerifier, noteSigner } from '@countersign/tlog';
import { WITNESS_MODULE } from '../../apps/cli/src/dev/local-witness.ts';
import { buildGoModule } from '../../libs/stack/src/index.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { ownStack, type OwnStack } from '../support/own-stack.ts';
import { stackMissing } from '../support/use-stack.ts';

/** A stack starts and stops in it, on a machine that does much else. */
const LONG_MS = 300_000;

const built = stackMissing === undefined ? await buildGoModule(WITNESS_MODULE) : { missing: stackMissing };
const missing = 'missing' in built ? built.missing : undefined;

interface Verified {
  readonly intact: boolean;
  readonly anchor: { readonly size: number; readonly witnesses: readonly string[] };
}

describe.skipIf(missing !== undefined)(`a stack with a witness${missing === undefined ? '' : ` (skipped: ${missing})`}`, { timeout: LONG_MS }, () => {
  let own: OwnStack;
  beforeAll(() => {
    own = ownStack();
  });
  afterAll(() => own.remove(), LONG_MS);

  it('has its archive cosigned, across a restart, and an auditor who asks for another witness refuses it', async () => {
    const { dataDir } = own;
    const cli = (...args: readonly string[]) => runCli(args, { dataDir });
    const verified = async (): Promise<Verified | undefined> => {
      const found = jsonOf(await cli('ledger', 'verify', '--json')) as Partial<Verified>;
      return found.intact === true && (found.anchor?.size ?? 0) > 0 ? (found as Verified) : undefined;
    };
    expect(await cli('dev', 'up', '--witness')).toMatchObject({ code: 0 });
    const { archive } = JSON.parse(readFileSync(join(dataDir, 'client.json'), 'utf8')) as { readonly archive: { readonly anchor: string; readonly url: string; readonly witnesses: readonly string[] } };
    const first = await eventually('an archive that is witnessed', verified);
    expect(first.anchor.witnesses).toEqual(archive.witnesses.map((key) => key.split('+')[0]));

    expect(await cli('dev', 'down')).toMatchObject({ code: 0 });
    expect(await cli('dev', 'up', '--witness')).toMatchObject({ code: 0 });
    // Every service has claimed its partitions anew.
    await eventually('an archive that has grown and is witnessed', async () => {
      const now = await verified();
      return now && now.anchor.size > first.anchor.size ? now : undefined;
    });

    const stranger = encodeVerifier(noteSigner('stranger.example', Buffer.alloc(32, 3), 'cosignature'));
    const asked = await cli('ledger', 'verify', archive.url, '--anchor', archive.anchor, '--witness', archive.witnesses[0] ?? '', '--witness', stranger);
    expect(asked.stderr).toContain('1 of 2 witnesses have cosigned');
    expect(asked.code).toBe(8);
    expect(await cli('ledger', 'verify', archive.url, '--anchor', archive.anchor, '--witness', archive.witnesses[0] ?? '', '--witness', stranger, '--quorum', '1')).toMatchObject({ code: 0 });
  });
});
