import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { connectionTo } from '#connectors/foodtec/twin/connection.ts';
import { readPizzeria } from '#connectors/foodtec/twin/pizzeria.ts';
import { saveConnection } from '#store/connections.ts';
import { makeSealKey } from '#store/seal.ts';
import { countTransactions, seedCompany, testStores } from '#store/test-store.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import { makeOpenConnections, sealSecret } from './open-connections.ts';

const origin = 'https://till.test';

describe('open connections', () => {
  testStores((store) => {
    async function open() {
      const { companyId, locationId } = await seedCompany(store());
      const clock = makeFakeClock();
      const masterKey = makeSealKey();
      const { settings, secret } = connectionTo(readPizzeria(), { origin });
      const counted = countTransactions(store());
      const connections = makeOpenConnections({
        store: counted.store,
        clock,
        randomBytes,
        masterKey,
        policy: { allowPrivate: [], allowPlainHttp: false },
        logs: { logFor: () => () => undefined, dropped: () => 0, stop: () => Promise.resolve() },
        mocks: new Map(),
        onTrouble: (message) => assert.fail(message),
      });
      const save = () =>
        store().asCompany(companyId, (tx) =>
          saveConnection(tx, {
            companyId,
            locationId,
            connectorId: 'foodtec',
            origin,
            settings: { connector: settings },
            sealedSecret: sealSecret(secret, masterKey, { companyId, locationId, origin }),
            writeConcurrency: 1,
          }),
        );
      // The second revision: the seed has the first.
      await save();
      const connectorFor = (revision?: number) => connections.connectorFor(companyId, locationId, revision);
      return { clock, counted, save, connectorFor, close: () => connections.close() };
    }

    it('notice within seconds that their settings were changed by another process', async () => {
      const { clock, counted, save, connectorFor, close } = await open();
      const first = await connectorFor();
      assert.notEqual(first, undefined);
      await save();
      assert.equal(await connectorFor(), first);
      assert.equal(counted.begun(), 1);
      await clock.advance(5_000);
      assert.notEqual(await connectorFor(), first);
      await close();
    });

    it('are as new as what a claim saw of them, and nobody is asked when they are', async () => {
      const { clock, counted, save, connectorFor, close } = await open();
      const first = await connectorFor(2);
      await clock.advance(60_000);
      assert.equal(await connectorFor(2), first);
      assert.equal(counted.begun(), 1);
      await save();
      const second = await connectorFor(3);
      assert.notEqual(second, first, 'at once, although they were looked at a moment ago');
      assert.equal(await connectorFor(), second);
      assert.equal(counted.begun(), 2);
      assert.equal(await connectorFor(2), second, 'an older claim is served by the newest');
      await close();
    });
  });
});
