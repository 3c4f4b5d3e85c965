import { isSettled } from '#domain/write.ts';
import type { WriteRow } from '#store/schema.ts';
import { forbidPlatform } from './guards.ts';
import type { Standing } from './hits.ts';
import { ModelDatabase, keyOf } from './store/database.ts';
import { makeModelStore } from './store/make-store.ts';
import { runWorld } from './world.ts';
import type { WorldOptions, WorldResult } from './world.ts';

/** Runs one world on the model of the store. Only after `useHooks`: production code must see the model as its store. */
export async function runOnModel(
  options: Omit<WorldOptions, 'store' | 'peek' | 'peekMoney'>,
): Promise<WorldResult> {
  const database = new ModelDatabase();
  const allow = forbidPlatform();
  try {
    return await runWorld({
      ...options,
      store: makeModelStore(database),
      changedLast: () => database.changedLast,
      peek: {
        writes: () => database.unsettled.find('').map(standingOf),
        moved: () =>
          [...database.movedWrites.values()].filter((write) => !isSettled(write.state)).map(standingOf),
        stands: (locationId, state) => database.unsettledInState.has(keyOf(locationId, state)),
      },
      peekMoney: () => ({
        payments: database.payments.all().map((row) => ({ paymentId: row.payment_id, state: row.state })),
        refunds: database.refunds.all().map((row) => ({ refundId: row.refund_id, state: row.state })),
      }),
    });
  } finally {
    allow();
  }
}

function standingOf(write: WriteRow): Standing {
  return {
    writeId: write.write_id,
    locationId: write.location_id,
    lane: write.lane,
    state: write.state,
    heldBy: write.lease_owner,
  };
}
