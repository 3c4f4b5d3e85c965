import { attemptDeadlineMsDefault } from '#contract/capabilities.ts';
import type { Manifest } from '#contract/connector.ts';

export const manifest: Manifest = {
  id: 'rkeeper',
  name: 'R-Keeper 7',
  vendorInterface: 'RK7 XML interface, schemas of 7.26',
  readOn: '2026-11-24',
  capabilities: {
    appendRounds: true,
    readTables: true,
    readOrders: true,
    markPaid: true,
    sendMessage: true,
    // A connection whose settings name no card interface, no loyalty endpoint or no note modifier says false.
    applyCard: true,
    loyaltyMenu: true,
    lineNotes: true,
    // CreateOrder takes our guid, but what a second CreateOrder with that guid does is not documented.
    createDedupe: 'none',
    dedupeWindowMs: null,
    readBack: 'reference',
    readLagMs: 0,
    // Together with the deadline this is the longest life of one of our locks: what arrives later finds the order unlocked.
    lateArrivalMs: 40_000,
    attemptDeadlineMs: attemptDeadlineMsDefault,
    // One cash server works through one write after the other, and the licence counter must never be overtaken.
    writeConcurrency: 1,
    sumMustMatch: true,
  },
};
