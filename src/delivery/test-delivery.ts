import { randomBytes } from 'node:crypto';
import type { Reference } from '#domain/reference.ts';
import { makeReference } from '#domain/reference.ts';
import type { WriteKind } from '#domain/write.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { PosConnector, PosWrite } from '#contract/connector.ts';
import { messageExpiryMs } from '#contract/schedule.ts';
import { insertOrder, updateOrder } from '#store/orders.ts';
import type { AttemptRow, OrderRow, WriteRow } from '#store/schema.ts';
import type { Store } from '#store/store.ts';
import { seedCompany } from '#store/test-store.ts';
import type { SeededCompany } from '#store/test-store.ts';
import { listAttempts, lockWrite } from '#store/writes.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import type { FakeClock } from '#test/fake-clock.ts';
import { enqueueWrite, laneOfMessages, laneOfOrder } from './enqueue.ts';
import { holdLocation, releaseLocation } from './hold.ts';
import type { StepDeps } from './step.ts';
import { mortal, mortalClock, settle, watch } from './test-crash.ts';
import { makeScriptedPos, readable } from './test-pos.ts';
import { makeDeliveryWorker } from './worker.ts';
import type { DeliveryWorker } from './worker.ts';

type Moved = {
  readonly writeId: number;
  readonly from: string;
  readonly to: string;
  readonly detail: string;
};

/** Delivery on a fake clock against a scripted POS. */
export type World = Awaited<ReturnType<typeof makeWorld>>;
type NewWrite = { readonly freshUntilMs: number | null; readonly posRef: string | null };
export type TestWorker = DeliveryWorker & { kill(): void };
export type WorldOptions = {
  readonly capabilities?: Capabilities;
  readonly writeConcurrency?: number;
  /** What one process drains at a time. */
  readonly drainedMax?: number;
};

export async function makeWorld(shared: Store, options: WorldOptions = {}) {
  const capabilities = options.capabilities ?? readable;
  const traffic = { inFlight: 0 };
  const clock = makeFakeClock({ settle: () => settle(traffic) });
  const store = watch(shared, traffic);
  const company = await seedCompany(shared, { nowMs: clock.nowMs() - 60_000 });
  const { companyId } = company;
  const { writeConcurrency } = { writeConcurrency: 1, ...options };
  await shared.asCompany(companyId, (tx) =>
    tx.updateTable('connections').set({ write_concurrency: writeConcurrency }).execute(),
  );
  const pos = makeScriptedPos(clock, clock.nowMs(), capabilities);
  const seen = makeRecorder(clock, (locationId) => pos.connectorAt(locationId));
  const workers: TestWorker[] = [];
  const wakeAll = () => {
    for (const worker of workers) worker.wake();
  };
  async function flip(to: 'read-only' | 'online'): Promise<void> {
    const place = { companyId, locationId: company.locationId };
    await store.asCompany(companyId, async (tx) => {
      const nowMs = clock.nowMs();
      await tx
        .updateTable('location_statuses')
        .set({ state: to, since_ms: nowMs })
        .where('location_id', '=', place.locationId)
        .execute();
      await (to === 'online' ? releaseLocation : holdLocation)(tx, seen.deps, place, nowMs);
    });
    wakeAll();
  }
  return {
    company,
    clock,
    pos,
    seen,
    store,
    /** What a person's answers need. */
    resolve: { ...seen.deps, store },
    /** One more worker. `kill` ends it as a crash does: nothing it has under way has any further effect. */
    async startWorker(owner = `worker-${workers.length + 1}`): Promise<TestWorker> {
      const life = { dead: false };
      const worker = makeDeliveryWorker(
        { ...seen.deps, owner, clock: mortalClock(clock, life), store: mortal(store, life) },
        options.drainedMax === undefined ? undefined : { drainedMax: options.drainedMax },
      );
      const testWorker = { ...worker, kill: () => void (life.dead = true) };
      workers.push(testWorker);
      await worker.start();
      return testWorker;
    },
    newOrder: (locationId = company.locationId) => newOrder(shared, company, locationId, clock.nowMs()),
    async enqueue(kind: WriteKind, order: OrderRow, more: Partial<NewWrite> = {}): Promise<number> {
      const writeId = await enqueue(store, { kind, order, company, nowMs: clock.nowMs(), more });
      wakeAll();
      return writeId;
    },
    getWrite: (writeId: number) => getWrite(shared, companyId, writeId),
    listAttempts: (writeId: number): Promise<readonly AttemptRow[]> =>
      shared.asCompany(companyId, (tx) => listAttempts(tx, companyId, [writeId])),
    goReadOnly: () => flip('read-only').then(() => clock.settle()),
    comeBack: () => flip('online').then(() => clock.settle()),
    /** The same for what runs inside a step, which must not wait for itself to settle. */
    flip,
    async stop(): Promise<void> {
      for (const worker of workers) worker.kill();
      await clock.settle();
    },
  };
}

function getWrite(store: Store, companyId: string, writeId: number): Promise<WriteRow> {
  return store.asCompany(companyId, async (tx) => {
    const row = await lockWrite(tx, companyId, writeId);
    if (row === undefined) throw new Error(`no write ${writeId}`);
    return row;
  });
}

/** What hangs on delivery, recorded; `act` is replaced at will. */
function makeRecorder(clock: FakeClock, connectorAt: (locationId: string) => PosConnector) {
  const moves: Moved[] = [];
  const ends: { writeId: number; state: string; value: unknown }[] = [];
  const bugs: unknown[] = [];
  const act = {
    check: (): Promise<boolean> => Promise.resolve(true),
    hook: (): Promise<void> => Promise.resolve(),
    /** What lies between a claim and its send. */
    connect: (): Promise<void> => Promise.resolve(),
  };
  const deps: Omit<StepDeps, 'owner' | 'store'> = {
    clock,
    connectorFor: (_companyId, locationId) => act.connect().then(() => connectorAt(locationId)),
    checkLocation: () => act.check(),
    async ended(tx, write, { decision, value }) {
      ends.push({ writeId: write.write_id, state: decision.state, value });
      if (write.order_id !== null && value !== undefined && 'packageRef' in value)
        await updateOrder(
          tx,
          { company_id: write.company_id, order_id: write.order_id },
          { pos_ref: posRefOf(write.order_id) },
          clock.nowMs(),
        );
      await act.hook();
    },
    moved(_tx, write, to, detail) {
      moves.push({ writeId: write.write_id, from: write.state, to, detail });
      return Promise.resolve();
    },
    onBug: (error) => bugs.push(error),
  };
  return { moves, ends, bugs, act, deps };
}

/** What the scripted POS calls an order of ours. */
function posRefOf(orderId: string): string {
  return `pos ${orderId}`;
}

function newOrder(
  store: Store,
  company: SeededCompany,
  locationId: string,
  nowMs: number,
): Promise<OrderRow> {
  return store.asCompany(company.companyId, (tx) =>
    insertOrder(
      tx,
      {
        company_id: company.companyId,
        order_id: makeReference(randomBytes),
        location_id: locationId,
        table_id: company.tables[0]?.tableId ?? '',
        flow: 'pay-later',
        state: 'open',
        opened_by: 'guest',
        visit_id: null,
        pos_ref: null,
        currency: 'EUR',
      },
      nowMs,
    ),
  );
}

async function enqueue(
  store: Store,
  asked: {
    readonly kind: WriteKind;
    readonly order: OrderRow;
    readonly company: SeededCompany;
    readonly nowMs: number;
    readonly more: Partial<NewWrite>;
  },
): Promise<number> {
  const { kind, order, company, nowMs, more } = asked;
  const isMessage = kind === 'send-message';
  const tableId = company.tables[0]?.tableId ?? '';
  const roundId = makeReference(randomBytes);
  const { writeId } = await store.asCompany(company.companyId, (tx) =>
    enqueueWrite(tx, {
      companyId: company.companyId,
      locationId: order.location_id,
      lane: isMessage ? laneOfMessages(tableId) : laneOfOrder(order.order_id),
      orderId: isMessage ? null : order.order_id,
      roundId: kind === 'create-order' || kind === 'append-round' ? roundId : null,
      paymentId: null,
      payload: payloadOf(kind, order, roundId, more.posRef ?? null),
      freshUntilMs: more.freshUntilMs ?? (isMessage ? nowMs + messageExpiryMs : null),
      nowMs,
    }),
  );
  return writeId;
}

function payloadOf(kind: WriteKind, order: OrderRow, reference: Reference, posRef: string | null): PosWrite {
  switch (kind) {
    case 'create-order':
    case 'append-round':
      return {
        kind,
        orderReference: order.order_id,
        roundReference: reference,
        tableRef: '1',
        posRef,
        openOrder: 'own',
        lines: [],
      };
    case 'mark-paid':
      return {
        kind,
        orderReference: order.order_id,
        posRef: posRef ?? '',
        paymentReference: reference,
        amount: { amountMinor: 1_000, currency: 'EUR' },
        tips: [],
      };
    case 'send-message':
      return { kind, messageReference: reference, tableRef: '1', text: 'Table 1 calls', expiresAtMs: 0 };
    case 'apply-card':
      return { kind, posRef: posRef ?? '', cardCode: '1234' };
  }
}
