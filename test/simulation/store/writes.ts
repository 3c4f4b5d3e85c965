import type { Reference } from '#domain/reference.ts';
import { isSettled } from '#domain/write.ts';
import type { AttemptRow, WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type * as real from '../../../src/store/writes.ts';
import type { MovedWrite } from '../../../src/store/writes.ts';
import { fromJson, inOrder, keyOf, modelOf, see } from './database.ts';
import { notify } from './make-store.ts';
import { lockLocationStatus } from './location-statuses.ts';

export * from '../../../src/store/writes.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export async function insertWrite(
  tx: Tx,
  write: Parameters<typeof real.insertWrite>[1],
): ReturnType<typeof real.insertWrite> {
  const database = see(tx, write.company_id);
  const { nowMs } = write;
  const place = { companyId: write.company_id, locationId: write.location_id };
  const { readOnly } = await shareLocationStatus(tx, place);
  const state = readOnly ? 'waiting' : 'queued';
  const writeId = database.nextWriteId;
  database.nextWriteId += 1;
  database.writes.put({
    company_id: write.company_id,
    location_id: write.location_id,
    lane: write.lane,
    kind: write.kind,
    order_id: write.order_id ?? null,
    round_id: write.round_id ?? null,
    payment_id: write.payment_id ?? null,
    payload: fromJson(write.payload),
    fresh_until_ms: write.fresh_until_ms ?? null,
    write_id: writeId,
    state,
    attempts_used: 0,
    due_at_ms: nowMs,
    waiting_from: readOnly ? 'queued' : null,
    absences: 0,
    doubt_since_ms: null,
    last_sent_at_ms: null,
    last_ended_at_ms: null,
    freshness: 'fresh',
    asked_at_ms: null,
    lease_owner: null,
    lease_epoch: 0,
    lease_until_ms: null,
    error_code: null,
    error_detail: null,
    held_by: null,
    created_at_ms: nowMs,
    changed_at_ms: nowMs,
  });
  await notify(tx, 'tableside_writes', '');
  return { writeId, state };
}

export async function endRestOfLane(
  tx: Tx,
  write: Parameters<typeof real.endRestOfLane>[1],
  detail: string,
  nowMs: number,
): ReturnType<typeof real.endRestOfLane> {
  const database = see(tx, write.company_id);
  const order = write.order_id === null ? undefined : database.orders.get(write.company_id, write.order_id);
  const isLost = write.kind === 'create-order' && (order?.pos_ref ?? null) === null;
  const code = isLost ? 'order-not-in-pos' : 'paid-lines-not-in-pos';
  if (write.kind !== 'create-order' && write.kind !== 'append-round') return { rest: [], code };
  const rest = database.unsettledOfLane
    .find(keyOf(write.company_id, write.lane))
    .filter(
      (next) =>
        next.write_id > write.write_id &&
        ['queued', 'locked', 'backing-off', 'waiting', 'error'].includes(next.state) &&
        (next.kind === 'mark-paid' || (isLost && next.doubt_since_ms === null)),
    )
    .toSorted((a, b) => a.write_id - b.write_id);
  for (const next of rest)
    await changeWrite(tx, next, {
      state: next.kind === 'mark-paid' ? 'error' : 'refused',
      due_at_ms: nowMs,
      waiting_from: null,
      error_code: code,
      error_detail: detail,
      changed_at_ms: nowMs,
    });
  return { rest, code };
}

export async function shareLocationStatus(tx: Tx, place: Place): ReturnType<typeof real.shareLocationStatus> {
  const { state, draining } = await lockLocationStatus(tx, place);
  return { readOnly: state !== 'online', draining };
}

function writesAt(tx: Tx, place: Place): readonly WriteRow[] {
  return see(tx, place.companyId).unsettledAt.find(keyOf(place.companyId, place.locationId));
}

export function holdWrites(tx: Tx, place: Place, nowMs: number): Promise<readonly MovedWrite[]> {
  const { writes } = see(tx, place.companyId);
  const held = writesAt(tx, place).filter(
    ({ state }) => state === 'queued' || state === 'locked' || state === 'backing-off',
  );
  for (const write of held)
    writes.update(write, { waiting_from: write.state, state: 'waiting', changed_at_ms: nowMs });
  return Promise.resolve(held);
}

export async function releaseWrites(tx: Tx, place: Place, nowMs: number): Promise<readonly MovedWrite[]> {
  const { writes, statuses } = see(tx, place.companyId);
  const released = writesAt(tx, place)
    .filter(({ state }) => state === 'waiting')
    .map((write) =>
      writes.update(write, {
        state: write.waiting_from ?? 'queued',
        waiting_from: null,
        changed_at_ms: nowMs,
      }),
    );
  statuses.update(await lockLocationStatus(tx, place), { draining: released.length > 0 });
  await notify(tx, 'tableside_writes', '');
  return released;
}

export async function endDrain(tx: Tx, place: Place): Promise<void> {
  const status = await lockLocationStatus(tx, place);
  if (status.draining) see(tx, place.companyId).statuses.update(status, { draining: false });
  await notify(tx, 'tableside_writes', '');
}

export function listAgedWrites(tx: Tx, nowMs: number, limit: number): ReturnType<typeof real.listAgedWrites> {
  const aged: WriteRow[] = [];
  modelOf(tx).database.unsettled.each('', (write) => {
    if (isAged(write, nowMs)) aged.push(write);
  });
  const byAge = inOrder(aged, (a, b) => (a.fresh_until_ms ?? 0) - (b.fresh_until_ms ?? 0));
  return Promise.resolve(byAge.slice(0, limit));
}

function isAged(write: WriteRow, nowMs: number): boolean {
  if (write.fresh_until_ms === null || write.fresh_until_ms >= nowMs) return false;
  if (write.freshness === 'wanted' || write.lease_until_ms !== null) return false;
  const unsent = write.state === 'queued' || write.state === 'locked' || write.state === 'backing-off';
  if (write.kind === 'send-message') return unsent || write.state === 'waiting' || write.state === 'error';
  return unsent && write.due_at_ms <= nowMs;
}

export function lockWrite(tx: Tx, companyId: string, writeId: number): Promise<WriteRow | undefined> {
  return Promise.resolve(see(tx, companyId).writes.get(companyId, writeId));
}

export function getWrite(tx: Tx, companyId: string, writeId: number): Promise<WriteRow | undefined> {
  return lockWrite(tx, companyId, writeId);
}

export function lockWriteUnlessBusy(
  tx: Tx,
  companyId: string,
  writeId: number,
): Promise<WriteRow | undefined> {
  return lockWrite(tx, companyId, writeId);
}

export async function resolveWrite(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  state: 'delivered' | 'queued' | 'cancelled',
  nowMs: number,
): Promise<void> {
  const { writes } = see(tx, write.company_id);
  const row = writes.get(write.company_id, write.write_id);
  if (row !== undefined)
    writes.update(row, {
      state,
      due_at_ms: nowMs,
      waiting_from: null,
      absences: 0,
      doubt_since_ms: null,
      ...(state === 'queued' ? { attempts_used: 0, freshness: 'wanted' as const } : {}),
      error_code: null,
      error_detail: null,
      held_by: null,
      lease_owner: null,
      lease_until_ms: null,
      lease_epoch: row.lease_epoch + 1,
      changed_at_ms: nowMs,
    });
  await notify(tx, 'tableside_writes', '');
}

export async function readSoon(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  nowMs: number,
): Promise<void> {
  const { writes } = see(tx, write.company_id);
  const row = writes.get(write.company_id, write.write_id);
  if (row?.state === 'error') writes.update(row, { due_at_ms: nowMs });
  await notify(tx, 'tableside_writes', '');
}

export function changeWrite(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  change: Parameters<typeof real.changeWrite>[2],
): Promise<void> {
  const { writes } = see(tx, write.company_id);
  const row = writes.get(write.company_id, write.write_id);
  if (row !== undefined) writes.update(row, change);
  return Promise.resolve();
}

export function lockAskedWrite(
  tx: Tx,
  companyId: string,
  roundId: string,
): ReturnType<typeof real.lockAskedWrite> {
  return Promise.resolve(
    see(tx, companyId)
      .writesOfRound.find(keyOf(companyId, roundId))
      .find(
        (write) =>
          write.freshness === 'asked' && ['queued', 'locked', 'backing-off', 'waiting'].includes(write.state),
      ),
  );
}

export async function sendStill(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  nowMs: number,
): Promise<void> {
  await changeWrite(tx, write, { freshness: 'wanted', due_at_ms: nowMs, changed_at_ms: nowMs });
  await notify(tx, 'tableside_writes', '');
}

export function listOrderWrites(
  tx: Tx,
  companyId: string,
  orderIds: readonly Reference[],
): Promise<WriteRow[]> {
  const { writesOfOrder } = see(tx, companyId);
  return Promise.resolve(
    inOrder(
      orderIds.flatMap((orderId) => writesOfOrder.find(keyOf(companyId, orderId))),
      (a, b) => a.write_id - b.write_id,
    ),
  );
}

export function listRoundsBehind(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id' | 'lane'>,
): Promise<WriteRow[]> {
  const behind = see(tx, write.company_id)
    .unsettledOfLane.find(keyOf(write.company_id, write.lane))
    .filter((next) => next.write_id > write.write_id && !isSettled(next.state) && 'lines' in next.payload);
  return Promise.resolve(behind.toSorted((a, b) => a.write_id - b.write_id));
}

export function listAttempts(tx: Tx, companyId: string, writeIds: readonly number[]): Promise<AttemptRow[]> {
  const { attemptsOfWrite } = see(tx, companyId);
  return Promise.resolve(
    writeIds.toSorted((a, b) => a - b).flatMap((writeId) => attemptsOfWrite.find(keyOf(companyId, writeId))),
  );
}
