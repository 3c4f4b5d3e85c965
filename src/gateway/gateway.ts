import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { makeReference } from '#domain/reference.ts';
import { dayMs } from '#domain/time.ts';
import type { Clock } from '#domain/time.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import { makeChanges, parseChange } from '#api/changes.ts';
import { detectSecondOrders, keepReading } from '#delivery/detector.ts';
import { holdLocation, releaseLocation } from '#delivery/hold.ts';
import type { ResolveDeps } from '#delivery/resolve.ts';
import { makeDeliveryWorker } from '#delivery/worker.ts';
import type { DeliveryWorker } from '#delivery/worker.ts';
import { forgetAnswers } from '#ordering/forget-answers.ts';
import type { OrderingDeps } from '#ordering/deps.ts';
import { adoptTillOrders } from '#ordering/join-order.ts';
import { forgetPosts } from '#intake/forget-posts.ts';
import { orderWriteEnded } from '#ordering/write-ended.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import { makePaymentLoop } from '#payments/payment-loop.ts';
import type { SetUpDeps } from '#payments/set-up-account.ts';
import { markAuthFailed } from '#store/connections.ts';
import { openDatabaseClock } from '#store/database-clock.ts';
import { ensureLogChannels } from '#store/log-channels.ts';
import type { Store } from '#store/store.ts';
import { makeHealth } from '#sync/health.ts';
import type { Health } from '#sync/health.ts';
import { makePollLoop } from '#sync/poll-loop.ts';
import type { PollLoop } from '#sync/poll-loop.ts';
import { makeRequestLogs } from '#sync/request-log.ts';
import type { RequestLogs } from '#sync/request-log.ts';
import type { AppParts } from './app.ts';
import { randomBytes, systemClock } from './system.ts';
import type { Config } from './config.ts';
import { connectors } from './connectors.ts';
import { logFlow, makeRecordMove } from './flow-log.ts';
import { makeOpenConnections } from './open-connections.ts';
import type { OpenConnections } from './open-connections.ts';
import { makePaymentAccounts } from './payment-accounts.ts';

export type GatewayOptions = {
  readonly config: Config;
  readonly store: Store;
  readonly masterKey: Buffer;
  readonly log: Logger;
  readonly version: string;
  /** `serve` answers HTTP, `work` delivers and polls; one process may do both. */
  readonly roles: { readonly serve: boolean; readonly work: boolean };
  readonly mocks?: ReadonlyMap<string, PosHttp>;
  /** Where payment providers reach this installation, when that is not its public address. */
  readonly webhookBase?: string;
  /** Pages only the demo has. */
  readonly registerMore?: (app: FastifyInstance) => void;
};

export type Gateway = {
  /** Undefined without the `serve` role. */
  readonly app: FastifyInstance | undefined;
  stop(): Promise<void>;
};

/** What is given, and the one wall clock all processes on a database share. */
type Wiring = GatewayOptions & { readonly clock: Clock };

type OnBug = (error: unknown) => void;

/** How often the log channels' days are made and what is old is dropped: some times a day, so that one failure does not matter. */
const upkeepMs = dayMs / 4;

/** Wires everything and starts it; nothing listens yet. */
export async function startGateway(given: GatewayOptions): Promise<Gateway> {
  const { store, log, roles } = given;
  const onBug: OnBug = (error) => log.error({ err: error }, 'unexpected failure; the work is taken up again');
  const time = await openDatabaseClock(store, systemClock, onBug);
  const { clock } = time;
  const options = { ...given, clock };
  await ensureLogChannels(store, [...connectors.keys()], clock.nowMs());
  const logs = makeRequestLogs({ store, clock, onBug });
  const connections = openConnections(options, logs);
  const health = watchHealth(options, connections);
  const ordering = orderingDeps(options, connections, health);
  const steps = stepDeps(ordering, connections);
  const worker = makeWorker(steps, { health, onBug });
  const payments = paymentsDeps(options, ordering);
  const paymentLoop = makePaymentLoop(payments, { onBug });
  const polls = makePolls(ordering, { connections, health, onBug });
  const changes = makeChanges();
  const unlisten = await store.listen('tableside_changes', (payload) => {
    const change = parseChange(payload);
    if (change === undefined) return;
    changes.announce(change);
    if (!roles.work) return;
    const { companyId, orderId } = change;
    if (orderId === undefined) polls.noteChange(change).catch(onBug);
    else paymentLoop.noteOrder({ companyId, orderId });
  });
  const upkeep = setInterval(() => {
    ensureLogChannels(store, [...connectors.keys()], clock.nowMs()).catch(onBug);
    if (!roles.work) return;
    forgetPosts({ store, clock }).catch(onBug);
    forgetAnswers({ store, clock }).catch(onBug);
  }, upkeepMs);
  upkeep.unref();
  if (roles.work) {
    await worker.start();
    await polls.start();
    paymentLoop.start();
  }
  const core = { payments, accounts: payments, paymentLoop, resolve: steps, changes };
  const app = roles.serve ? await makeAppOf(options, core) : undefined;
  return {
    app,
    async stop() {
      clearInterval(upkeep);
      await app?.close();
      await unlisten();
      await paymentLoop.stop();
      if (roles.work) {
        await polls.stop();
        await worker.stop();
      }
      await connections.close();
      await logs.stop();
      time.stop();
    },
  };
}

function openConnections(options: Wiring, logs: RequestLogs): OpenConnections {
  const lab = options.config.environment !== 'production';
  return makeOpenConnections({
    store: options.store,
    clock: options.clock,
    randomBytes,
    masterKey: options.masterKey,
    // Twins and test tills live on this machine; production reaches public addresses only until an egress profile says otherwise.
    policy: {
      allowPrivate: lab ? ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] : [],
      allowPlainHttp: false,
    },
    logs,
    mocks: options.mocks ?? new Map(),
    onTrouble: (message, place) => options.log.warn({ ...place }, `connection: ${message}`),
  });
}

function watchHealth({ store, log, clock }: Wiring, connections: OpenConnections): Health {
  const moves = { moved: makeRecordMove(clock) };
  return makeHealth({
    store,
    clock,
    connectionFor: connections.connectionFor,
    hold: (tx, place, nowMs) => holdLocation(tx, moves, place, nowMs),
    release: (tx, place, nowMs) => releaseLocation(tx, moves, place, nowMs),
    authFailed: markAuthFailed,
    onFlip: (place, to, reason) =>
      log[to === 'online' ? 'info' : 'warn'](
        { ...place, reason },
        to === 'online' ? 'POS answers again' : 'POS lost: read-only',
      ),
  });
}

function orderingDeps(
  { store, clock }: Wiring,
  { connectorFor }: OpenConnections,
  health: Health,
): OrderingDeps {
  const closed = {
    kind: 'failed',
    error: { code: 'bad-request', detail: 'the connection cannot be opened' },
    answered: true,
  } as const;
  return {
    store,
    clock,
    randomBytes,
    readTable: async (place, tableRef, signal) =>
      (await connectorFor(place.companyId, place.locationId))?.readTables(signal, tableRef) ?? closed,
    readOrder: async (place, posRef, signal) =>
      (await connectorFor(place.companyId, place.locationId))?.readOrder(posRef, signal) ?? closed,
    checkLocation: health.checkNow,
    capabilitiesOf: async (place) => (await connectorFor(place.companyId, place.locationId))?.capabilities,
    logFlow,
  };
}

type Wires = { readonly connections: OpenConnections; readonly health: Health; readonly onBug: OnBug };

/** What a write's move needs, whether a worker moves it or a person. */
function stepDeps(ordering: OrderingDeps, connections: OpenConnections): ResolveDeps {
  return {
    store: ordering.store,
    clock: ordering.clock,
    connectorFor: connections.connectorFor,
    ended: (tx, write, ended) => orderWriteEnded(tx, ordering, write, ended),
    moved: makeRecordMove(ordering.clock),
  };
}

function makeWorker(steps: ResolveDeps, { health, onBug }: Omit<Wires, 'connections'>): DeliveryWorker {
  return makeDeliveryWorker({
    ...steps,
    owner: makeReference(randomBytes),
    checkLocation: (companyId, locationId) => health.checkNow({ companyId, locationId }),
    onBug,
  });
}

function makePolls(ordering: OrderingDeps, { connections, health, onBug }: Wires): PollLoop {
  return makePollLoop({
    store: ordering.store,
    clock: ordering.clock,
    owner: makeReference(randomBytes),
    health,
    connectorFor: connections.connectorFor,
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
}

/** Payments on top of ordering: the accounts of all locations, and where providers find this installation. */
function paymentsDeps(options: Wiring, ordering: OrderingDeps): PaymentsDeps & SetUpDeps {
  const accounts = makePaymentAccounts({
    store: options.store,
    clock: options.clock,
    masterKey: options.masterKey,
    fetch,
    lab: options.config.environment !== 'production',
    onTrouble: (message, account) => options.log.warn({ ...account }, `payment account: ${message}`),
  });
  return { ...ordering, ...accounts, webhookBase: options.webhookBase ?? options.config.publicUrl };
}

async function makeAppOf(
  options: GatewayOptions,
  core: Pick<AppParts, 'payments' | 'accounts' | 'paymentLoop' | 'resolve' | 'changes'>,
): Promise<FastifyInstance> {
  const { makeApp } = await import('./app.ts');
  return makeApp({
    ...core,
    log: options.log,
    version: options.version,
    publicUrl: options.config.publicUrl,
    registerMore: options.registerMore ?? (() => {}),
  });
}
