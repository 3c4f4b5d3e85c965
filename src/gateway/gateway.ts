import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { makeReference } from '#domain/reference.ts';
import { dayMs } from '#domain/time.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import { makeChanges, parseChange } from '#api/changes.ts';
import { makeServer } from '#api/server.ts';
import { makeDeliveryWorker } from '#delivery/worker.ts';
import { adoptTillOrders } from '#ordering/join-order.ts';
import type { FlowEntry, OrderingDeps } from '#ordering/deps.ts';
import { orderWriteEnded } from '#ordering/write-ended.ts';
import { markAuthFailed } from '#store/connections.ts';
import { appendLog, ensureLogChannels } from '#store/log-channels.ts';
import { announceChange } from '#store/orders.ts';
import type { Store, Tx } from '#store/store.ts';
import { holdLocation, releaseLocation } from '#store/writes.ts';
import { makeHealth } from '#sync/health.ts';
import { makePollLoop } from '#sync/poll-loop.ts';
import { makeRequestLogs } from '#sync/request-log.ts';
import { registerAssets } from './assets.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { connectors } from './connectors.ts';
import { makeConsolePort } from './console-port.ts';
import { registerGuestPage } from './guest-page.ts';
import { makeGuestPort } from './guest-port.ts';
import { makeOpenConnections } from './open-connections.ts';

export type GatewayOptions = {
  readonly config: Config;
  readonly store: Store;
  readonly masterKey: Buffer;
  readonly log: Logger;
  readonly version: string;
  /** `serve` answers HTTP, `work` delivers and polls; one process may do both. */
  readonly roles: { readonly serve: boolean; readonly work: boolean };
  readonly mocks?: ReadonlyMap<string, PosHttp>;
  /** Pages only the demo has. */
  readonly registerMore?: (app: FastifyInstance) => void;
};

export type Gateway = {
  /** Undefined without the `serve` role. */
  readonly app: FastifyInstance | undefined;
  stop(): Promise<void>;
};

const random = (count: number) => new Uint8Array(randomBytes(count));

/** Wires everything and starts it; nothing listens yet. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { store, log, config } = options;
  const clock = systemClock;
  const onBug = (error: unknown) =>
    log.error({ err: error }, 'unexpected failure; the work is taken up again');
  await ensureLogChannels(store, [...connectors.keys()], clock.nowMs());
  const logs = makeRequestLogs({ store, clock, onBug });
  const lab = config.environment !== 'production';
  const connections = makeOpenConnections({
    store,
    clock,
    randomBytes: random,
    masterKey: options.masterKey,
    // Twins and test tills live on this machine; production reaches public addresses only until an egress profile says otherwise.
    policy: {
      allowPrivate: lab ? ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] : [],
      allowPlainHttp: false,
    },
    logs,
    mocks: options.mocks ?? new Map(),
    onTrouble: (message, place) => log.warn({ ...place }, `connection: ${message}`),
  });
  const health = makeHealth({
    store,
    clock,
    connectorFor: connections.connectorFor,
    hold: holdLocation,
    release: releaseLocation,
    authFailed: markAuthFailed,
    onFlip: (place, to, reason) =>
      log[to === 'online' ? 'info' : 'warn'](
        { ...place, reason },
        to === 'online' ? 'POS answers again' : 'POS lost: read-only',
      ),
  });
  const ordering = makeOrderingDeps(options, {
    connectorFor: connections.connectorFor,
    checkNow: health.checkNow,
  });
  const worker = makeDeliveryWorker({
    store,
    clock,
    owner: makeReference(random),
    connectorFor: connections.connectorFor,
    checkLocation: (companyId, locationId) => health.checkNow({ companyId, locationId }),
    ended: (tx, write, ended) => orderWriteEnded(tx, ordering, write, ended),
    moved: async (tx, write, to, detail) => {
      const place = { companyId: write.company_id, locationId: write.location_id };
      await logFlow(tx, {
        ...place,
        orderId: write.order_id ?? '',
        writeId: write.write_id,
        event: `${write.kind} ${write.state} → ${to}`,
        detail,
        atMs: clock.nowMs(),
      });
      await announceChange(tx, { ...place, ...(write.order_id === null ? {} : { orderId: write.order_id }) });
    },
    onBug,
  });
  const polls = makePollLoop({
    store,
    clock,
    owner: makeReference(random),
    health,
    connectorFor: connections.connectorFor,
    adopt: async (tx, table, posTable) => {
      const [head] = posTable.orders;
      return head === undefined
        ? []
        : adoptTillOrders(tx, ordering, table, { heads: posTable.orders, currency: head.total.currency });
    },
    onBug,
  });
  const changes = makeChanges();
  const unlisten = await store.listen('tableside_changes', (payload) => {
    const change = parseChange(payload);
    if (change === undefined) return;
    changes.announce(change);
    if (change.orderId === undefined && options.roles.work) polls.noteChange(change).catch(onBug);
  });
  const upkeep = setInterval(
    () => ensureLogChannels(store, [...connectors.keys()], clock.nowMs()).catch(onBug),
    dayMs / 4,
  );
  upkeep.unref();
  if (options.roles.work) {
    await worker.start();
    await polls.start();
  }
  const app = options.roles.serve ? await makeApp(options, { ordering, changes }) : undefined;
  return {
    app,
    async stop() {
      clearInterval(upkeep);
      await app?.close();
      await unlisten();
      if (options.roles.work) {
        await polls.stop();
        await worker.stop();
      }
      await connections.close();
      await logs.stop();
    },
  };
}

function makeApp(
  options: GatewayOptions,
  parts: { ordering: OrderingDeps; changes: ReturnType<typeof makeChanges> },
): Promise<FastifyInstance> {
  const { store, config } = options;
  const guest = makeGuestPort(parts.ordering);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  return makeServer({
    guest,
    console: makeConsolePort(parts.ordering),
    changes: parts.changes,
    readiness: async () => {
      try {
        await store.asEntry(() => Promise.resolve());
        return undefined;
      } catch {
        return 'the database does not answer';
      }
    },
    metrics,
    clock: systemClock,
    randomBytes: random,
    log: options.log,
    secureCookies: config.publicUrl?.startsWith('https:') ?? false,
    version: options.version,
    registerPages: (app) => {
      registerAssets(app);
      registerGuestPage(app, { guest, randomBytes: random });
      options.registerMore?.(app);
    },
  });
}

function makeOrderingDeps(
  { store }: GatewayOptions,
  pos: {
    connectorFor: ReturnType<typeof makeOpenConnections>['connectorFor'];
    checkNow: ReturnType<typeof makeHealth>['checkNow'];
  },
): OrderingDeps {
  const closed = {
    kind: 'failed',
    error: { code: 'bad-request', detail: 'the connection cannot be opened' },
    answered: true,
  } as const;
  return {
    store,
    clock: systemClock,
    randomBytes: random,
    readTable: async (place, tableRef, signal) =>
      (await pos.connectorFor(place.companyId, place.locationId))?.readTables(signal, tableRef) ?? closed,
    readOrder: async (place, posRef, signal) =>
      (await pos.connectorFor(place.companyId, place.locationId))?.readOrder(posRef, signal) ?? closed,
    checkLocation: pos.checkNow,
    capabilitiesOf: async (place) =>
      (await pos.connectorFor(place.companyId, place.locationId))?.capabilities,
    logFlow,
  };
}

async function logFlow(tx: Tx, entry: FlowEntry): Promise<void> {
  const { companyId, locationId, atMs, orderId, roundId, writeId, event, detail } = entry;
  const facts = { orderId, roundId: roundId ?? null, writeId: writeId ?? null, event, detail };
  await appendLog(tx, 'order-flow', [{ companyId, locationId, atMs, facts, request: '', answer: '' }]);
}
