import { attemptDeadlineMsDefault } from '#contract/capabilities.ts';
import type { Manifest } from '#contract/connector.ts';
import { minuteMs } from '#domain/time.ts';

export const manifest: Manifest = {
  id: 'foodtec',
  name: 'FoodTec',
  vendorInterface: 'Order Acceptance API v2',
  readOn: '2026-11-24',
  capabilities: {
    // An order is posted whole: nothing can be added to it, and nothing of it can be read.
    appendRounds: false,
    readTables: false,
    readOrders: false,
    markPaid: 'at-create',
    sendMessage: false,
    applyCard: false,
    loyaltyMenu: false,
    lineNotes: true,
    portions: true,
    createDedupe: 'open-only',
    // Staff close an order when it is handed over; no kitchen has one ready and gone sooner than this.
    dedupeWindowMs: 15 * minuteMs,
    readBack: 'none',
    readLagMs: 0,
    lateArrivalMs: 30_000,
    attemptDeadlineMs: attemptDeadlineMsDefault,
    writeConcurrency: 4,
    sumMustMatch: true,
  },
};
