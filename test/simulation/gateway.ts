import { detectSecondOrders, keepReading } from '#delivery/detector.ts';
import { holdLocation, releaseLocation } from '#delivery/hold.ts';
import { makeDeliveryWorker } from '#delivery/worker.ts';
import type { DeliveryWorker } from '#delivery/worker.ts';
import { makeReference } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';
import type { PosConnector, PosWrite } from '#contract/connector.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import type { GuestPort, PaymentPort, ReconciliationPort } from '#api/ports.ts';
import { makeGuestPort } from '#gateway/guest-port.ts';
import { makeOpenConnections } from '#gateway/open-connections.ts';
import { makePaymentAccounts } from '#gateway/payment-accounts.ts';
import { makePaymentPort } from '#gateway/payment-port.ts';
import { makeReconciliationPort } from '#gateway/reconciliation-port.ts';
import type { FlowEntry, OrderingDeps } from '#ordering/deps.ts';
import { adoptTillOrders } from '#ordering/join-order.ts';
import { orderWriteEnded } from '#ordering/write-ended.ts';
import type { StepDeps } from '#delivery/step.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import { makePaymentLoop } from '#payments/payment-loop.ts';
import type { PaymentLoop } from '#payments/payment-loop.ts';
import type { Fetch } from '#payments/provider.ts';
import { markAuthFailed } from '#store/connections.ts';
import { openDatabaseClock } from '#store/database-clock.ts';
import { appendLog } from '#store/log-channels.ts';
import { announceChange } from '#store/orders.ts';
import type { Tx } from '#store/store.ts';
import type { MovedWrite } from '#store/writes.ts';
import { makeHealth } from '#sync/health.ts';
import type { Place } from '#sync/health.ts';
import { makePollLoop } from '#sync/poll-loop.ts';
import type { PollLoop } from '#sync/poll-loop.ts';
import { makeRequestLogs } from '#sync/request-log.ts';
import { isInjected } from './sim-process.ts';
import type { SimProcess } from './sim-process.ts';
import type { Random } from './random.ts';
import type { Watch } from './watch.ts';

export type Gateway = {
  readonly process: SimProcess;
  readonly ordering: PaymentsDeps;
  /** What guests' pages and payment providers reach. */
  readonly guests: GuestPort;
  readonly payments: PaymentPort;
  /** What operators say at the console. */
  readonly reconciliation: ReconciliationPort;
};

export type GatewayOptions = {
  readonly process: SimProcess;
  readonly random: Random;
  readonly http: PosHttp;
  /** The way to payment providers. */
  readonly fetch: Fetch;
  readonly watch: Watch;
  readonly masterKey: Buffer;
  /** Where payment providers find this installation; undefined: nowhere. */
  readonly webhookBase: string | undefined;
  readonly connectorIds: readonly string[];
  readonly onMove: (write: MovedWrite, to: string, detail: string) => void;
  /** A failure that no fault explains. */
  readonly onBug: (error: unknown) => void;
};

/** One process of the real thing, wired as `src/gateway/gateway.ts` wires it, on simulated ports. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { process, random, watch } = options;
  const { store } = process;
  const onBug = (error: unknown) => {
    if (!isInjected(error)) options.onBug(error);
  };
  const readTime = () => Promise.resolve(process.databaseNowMs());
  const { clock } = await openDatabaseClock({ ...store, engine: 'server' }, process.clock, onBug, readTime);
  const logs = makeRequestLogs({ store, clock, onBug });
  const connections = makeOpenConnections({
    store,
    clock,
    randomBytes: random.bytes,
    masterKey: options.masterKey,
    policy: { allowPrivate: [], allowPlainHttp: false },
    logs,
    mocks: new Map(options.connectorIds.map((id) => [id, options.http])),
    onTrouble: (message) => options.onBug(new Error(message)),
  });
  const connectorFor: StepDeps['connectorFor'] = async (companyId, locationId, revision) => {
    const connector = await connections.connectorFor(companyId, locationId, revision);
    return connector === undefined ? undefined : watched(connector, { watch, process, locationId });
  };
  const moved = async (tx: Tx, write: MovedWrite, to: string, detail: string): Promise<void> => {
    options.onMove(write, to, detail);
    const place = { companyId: write.company_id, locationId: write.location_id };
    await announceChange(tx, { ...place, ...(write.order_id === null ? {} : { orderId: write.order_id }) });
  };
  const health = makeHealth({
    store,
    clock,
    connectionFor: connections.connectionFor,
    hold: (tx, place, nowMs) => holdLocation(tx, { moved }, place, nowMs),
    release: (tx, place, nowMs) => releaseLocation(tx, { moved }, place, nowMs),
    authFailed: markAuthFailed,
    onFlip: (place, to) => watch.flipped(place.locationId, to),
  });
  const ordering = orderingOn({ process, clock, random, connectorFor, checkNow: health.checkNow });
  const steps: Pick<StepDeps, 'store' | 'clock' | 'connectorFor' | 'ended' | 'moved'> = {
    store,
    clock,
    connectorFor,
    ended(tx, write, ended) {
      // Where the POS cannot be asked, this is the only sign of a takeover.
      if (write.state === 'sending' && ended.decision.error?.code === 'unknown-outcome')
        watch.takenOver(write.payload);
      return orderWriteEnded(tx, ordering, write, ended);
    },
    moved,
  };
  const worker = makeDeliveryWorker({
    ...steps,
    owner: process.name,
    checkLocation: async (companyId, locationId) => {
      const online = await health.checkNow({ companyId, locationId });
      watch.checked(process.name, locationId, online);
      return online;
    },
    onBug,
  });
  const polls = makePollLoop({
    store,
    clock,
    owner: makeReference(random.bytes),
    health,
    connectorFor,
    keepReading,
    detectSecondOrders,
    adopt: async (tx, table, posTable) => {
      const [head] = posTable.orders;
      return head === undefined
        ? []
        : adoptTillOrders(tx, ordering, table, { heads: posTable.orders, currency: head.total.currency });
    },
    onBug,
  });
  const accounts = makePaymentAccounts({
    store,
    clock,
    masterKey: options.masterKey,
    fetch: options.fetch,
    lab: false,
    onTrouble: (message) => options.onBug(new Error(message)),
  });
  const payments: PaymentsDeps = { ...ordering, ...accounts, webhookBase: options.webhookBase };
  const paymentLoop = makePaymentLoop(payments, { onBug });
  void start(process, { worker, polls, paymentLoop }).catch(onBug);
  return {
    process,
    ordering: payments,
    guests: makeGuestPort(payments, paymentLoop),
    payments: makePaymentPort(payments, paymentLoop),
    reconciliation: makeReconciliationPort(steps),
  };
}

type Loops = { readonly worker: DeliveryWorker; readonly polls: PollLoop; readonly paymentLoop: PaymentLoop };

async function start(process: SimProcess, { worker, polls, paymentLoop }: Loops): Promise<void> {
  await process.store.listen('tableside_changes', (payload) => {
    const change = JSON.parse(payload) as Place & { readonly orderId?: string };
    const { companyId, orderId } = change;
    if (orderId === undefined) void polls.noteChange(change).catch(() => undefined);
    else paymentLoop.noteOrder({ companyId, orderId });
  });
  await worker.start();
  // A process whose first question failed is started anew by whatever watches over it.
  for (;;) {
    try {
      await polls.start();
      break;
    } catch {
      await new Promise<void>((resolve) => process.clock.after(1_000, resolve));
    }
  }
  paymentLoop.start();
}

function orderingOn(parts: {
  readonly process: SimProcess;
  readonly clock: Clock;
  readonly random: Random;
  readonly connectorFor: (companyId: string, locationId: string) => Promise<PosConnector | undefined>;
  readonly checkNow: OrderingDeps['checkLocation'];
}): OrderingDeps {
  const { connectorFor } = parts;
  const closed = {
    kind: 'failed',
    error: { code: 'bad-request', detail: 'the connection cannot be opened' },
    answered: true,
  } as const;
  return {
    store: parts.process.store,
    clock: parts.clock,
    randomBytes: parts.random.bytes,
    readTable: async (place, tableRef, signal) =>
      (await connectorFor(place.companyId, place.locationId))?.readTables(signal, tableRef) ?? closed,
    readOrder: async (place, posRef, signal) =>
      (await connectorFor(place.companyId, place.locationId))?.readOrder(posRef, signal) ?? closed,
    checkLocation: parts.checkNow,
    capabilitiesOf: async (place) => (await connectorFor(place.companyId, place.locationId))?.capabilities,
    async logFlow(tx: Tx, entry: FlowEntry) {
      const { companyId, locationId, atMs, event } = entry;
      await appendLog(tx, 'order-flow', [
        { companyId, locationId, atMs, facts: { event }, request: '', answer: '' },
      ]);
    },
  };
}

/** The connector with somebody looking over its shoulder: when attempts begin and how they end. */
function watched(
  connector: PosConnector,
  at: { readonly watch: Watch; readonly process: SimProcess; readonly locationId: string },
): PosConnector {
  const { watch, process, locationId } = at;
  const attempt = async <Value>(
    step: 'send' | 'read-back',
    write: PosWrite,
    signal: AbortSignal,
    act: () => Promise<Value>,
  ): Promise<Value> => {
    const begun = watch.begin({ process: process.name, locationId, step, write, signal });
    try {
      return watch.end(begun, await act());
    } finally {
      watch.over(begun);
    }
  };
  const { readBack } = connector;
  return {
    ...connector,
    placeRound: (write, signal) => attempt('send', write, signal, () => connector.placeRound(write, signal)),
    markPaid: (write, signal) => attempt('send', write, signal, () => connector.markPaid(write, signal)),
    ...(readBack === undefined
      ? {}
      : {
          readBack: (write: PosWrite, signal: AbortSignal) =>
            attempt('read-back', write, signal, () => readBack(write, signal)),
        }),
  };
}
