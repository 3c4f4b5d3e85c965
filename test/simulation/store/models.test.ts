import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type * as auditReal from '../../../src/store/audit.ts';
import * as audit from './audit.ts';
import type * as connectionsReal from '../../../src/store/connections.ts';
import * as connections from './connections.ts';
import type * as idempotencyReal from '../../../src/store/idempotency.ts';
import * as idempotency from './idempotency.ts';
import type * as locationsReal from '../../../src/store/locations.ts';
import * as locations from './locations.ts';
import type * as locationStatusesReal from '../../../src/store/location-statuses.ts';
import * as locationStatuses from './location-statuses.ts';
import type * as logChannelsReal from '../../../src/store/log-channels.ts';
import * as logChannels from './log-channels.ts';
import type * as makeStoreReal from '../../../src/store/make-store.ts';
import * as makeStore from './make-store.ts';
import type * as menusReal from '../../../src/store/menus.ts';
import * as menus from './menus.ts';
import type * as orderSnapshotsReal from '../../../src/store/order-snapshots.ts';
import * as orderSnapshots from './order-snapshots.ts';
import type * as ordersReal from '../../../src/store/orders.ts';
import * as orders from './orders.ts';
import type * as paymentAccountsReal from '../../../src/store/payment-accounts.ts';
import * as paymentAccounts from './payment-accounts.ts';
import type * as paymentsReal from '../../../src/store/payments.ts';
import * as payments from './payments.ts';
import type * as pollShardsReal from '../../../src/store/poll-shards.ts';
import * as pollShards from './poll-shards.ts';
import type * as reconciliationReal from '../../../src/store/reconciliation.ts';
import * as reconciliation from './reconciliation.ts';
import type * as tablesReal from '../../../src/store/tables.ts';
import * as tables from './tables.ts';
import type * as writeClaimsReal from '../../../src/store/write-claims.ts';
import * as writeClaims from './write-claims.ts';
import type * as writesReal from '../../../src/store/writes.ts';
import * as writes from './writes.ts';

/** Each model stands where the real module stands, so it must be one by its types: this does not compile when one differs. */
const models = {
  'audit.ts': audit satisfies typeof auditReal,
  'connections.ts': connections satisfies typeof connectionsReal,
  'idempotency.ts': idempotency satisfies typeof idempotencyReal,
  'locations.ts': locations satisfies typeof locationsReal,
  'location-statuses.ts': locationStatuses satisfies typeof locationStatusesReal,
  'log-channels.ts': logChannels satisfies typeof logChannelsReal,
  'make-store.ts': makeStore satisfies typeof makeStoreReal,
  'menus.ts': menus satisfies typeof menusReal,
  'order-snapshots.ts': orderSnapshots satisfies typeof orderSnapshotsReal,
  'orders.ts': orders satisfies typeof ordersReal,
  'payment-accounts.ts': paymentAccounts satisfies typeof paymentAccountsReal,
  'payments.ts': payments satisfies typeof paymentsReal,
  'poll-shards.ts': pollShards satisfies typeof pollShardsReal,
  'reconciliation.ts': reconciliation satisfies typeof reconciliationReal,
  'tables.ts': tables satisfies typeof tablesReal,
  'write-claims.ts': writeClaims satisfies typeof writeClaimsReal,
  'writes.ts': writes satisfies typeof writesReal,
};

describe('the model of the store', () => {
  it('holds every modelled file to the types of the real one', () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter(
      (file) => !file.endsWith('.test.ts') && file !== 'database.ts',
    );
    assert.deepEqual(files.toSorted(), Object.keys(models).toSorted());
  });
});
