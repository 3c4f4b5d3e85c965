import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Clock } from '#domain/time.ts';
import { openDirectoryEngine } from './embedded-engine.ts';

const stillClock: Clock = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  after: () => ({ cancel: () => undefined }),
};

describe('embedded database on a directory', () => {
  let parent = '';
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'tableside-test-'));
  });
  after(() => rm(parent, { recursive: true, force: true }));

  const open = (name: string, fsyncHook: 'installed' | 'none' = 'installed') =>
    openDirectoryEngine({
      directory: join(parent, name),
      clock: stillClock,
      log: () => undefined,
      fsyncHook,
    });

  it('keeps rows from one run to the next, with fsync on', async () => {
    const first = await open('kept');
    assert.equal((await first.pool.query<{ fsync: string }>('show fsync')).rows[0]?.fsync, 'on');
    await first.pool.query('create table kept (value int)');
    await first.pool.query('insert into kept values (7)');
    await first.close();
    const second = await open('kept');
    assert.deepEqual((await second.pool.query('select value from kept')).rows, [{ value: 7 }]);
    await second.close();
    assert.equal(existsSync(join(parent, 'kept.lock')), false);
  });

  it('refuses to start when the fsync hook is gone', async () => {
    await assert.rejects(open('unsynced', 'none'), /does not write its commits to disk/);
    assert.equal(existsSync(join(parent, 'unsynced.lock')), false);
  });

  it('refuses a second process on the same directory, and names the first', async () => {
    await writeFile(join(parent, 'taken.lock'), '1');
    const pid1 = await open('taken').then(
      async (engine) => {
        await engine.close();
        return 'opened';
      },
      (error: Error) => error.message,
    );
    // Process 1 is alive, but this lock lacks its start: another process of that number left it.
    assert.equal(pid1, 'opened');
    const engine = await open('taken');
    await assert.rejects(open('taken'), new RegExp(`in use by process ${process.pid};`));
    await engine.close();
  });

  it('takes over the lock of a process that died', async () => {
    await writeFile(join(parent, 'orphaned.lock'), '999999999 1');
    await (await open('orphaned')).close();
  });
});
