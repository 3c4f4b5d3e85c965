import { maskCardNumbers } from '#domain/text.ts';
import type { Clock, Timer } from '#domain/time.ts';
import type { ConnectorLog, RequestLogEntry } from '#contract/request-log.ts';
import type { LogChannel, LogEntry } from '#store/log-channels.ts';
import { appendLog, hashAnswer } from '#store/log-channels.ts';
import type { Store } from '#store/store.ts';
import type { Place } from './health.ts';

/** Plain reads wait this long to be written together; writes and failures are written at once. */
export const batchMs = 15_000;
/** Reads waiting to be written; the oldest are dropped beyond it, and counted. */
export const waitingMax = 10_000;
/** Answers remembered for pointing to; beyond it the oldest is forgotten and stored again. */
const lastAnswersMax = 20_000;
/** Bodies longer than this are cut in the log; the hash is of the whole. */
const bodyCharactersMax = 200_000;

type Waiting = { readonly place: Place; readonly connectorId: string; readonly entry: RequestLogEntry };

/** Keeps the channels `<connector>-requests`, `-errors` and `-orders` of all connections of one process. */
export interface RequestLogs {
  logFor(connectorId: string, place: Place): ConnectorLog;
  /** Reads that were dropped because the store took none for too long. */
  dropped(): number;
  /** Writes what waits; run before the process ends. */
  stop(): Promise<void>;
}

export function makeRequestLogs(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}): RequestLogs {
  let waiting: Waiting[] = [];
  let timer: Timer | undefined;
  let droppedCount = 0;
  let writing = Promise.resolve();
  /** Per place and command: the last answer and the entry that holds it. Only its hash is kept. */
  const lastAnswers: LastAnswers = new Map();

  function write(entries: readonly Waiting[]): void {
    // One after the other: an entry may point to one of the batch before it.
    writing = writing.then(() => writeAll(deps.store, entries, lastAnswers)).catch(deps.onBug);
  }
  function flush(): void {
    timer?.cancel();
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) write(batch);
  }
  return {
    logFor: (connectorId, place) => (entry) => {
      const one = { place, connectorId, entry };
      if (entry.write || entry.result === 'failed') {
        write([one]);
        return;
      }
      waiting.push(one);
      if (waiting.length > waitingMax) {
        waiting.shift();
        droppedCount += 1;
      }
      timer ??= deps.clock.after(batchMs, flush);
    },
    dropped: () => droppedCount,
    async stop() {
      flush();
      await writing;
    },
  };
}

type LastAnswers = Map<string, { readonly hash: string; readonly entryId: number }>;

function remember(
  lastAnswers: LastAnswers,
  key: string,
  answer: { readonly hash: string; readonly entryId: number },
): void {
  lastAnswers.delete(key);
  lastAnswers.set(key, answer);
  const [oldest] = lastAnswers.keys();
  if (lastAnswers.size > lastAnswersMax && oldest !== undefined) lastAnswers.delete(oldest);
}

async function writeAll(store: Store, entries: readonly Waiting[], lastAnswers: LastAnswers): Promise<void> {
  for (const [companyId, ofCompany] of Map.groupBy(entries, (one) => one.place.companyId)) {
    await store.asCompany(companyId, async (tx) => {
      for (const one of ofCompany) {
        const entry = logEntryOf(one);
        const key = `${companyId} ${one.place.locationId} ${one.entry.command} ${one.entry.request}`;
        const last = one.entry.write ? undefined : lastAnswers.get(key);
        const hash = hashAnswer(entry.answer);
        const sameAs = last?.hash === hash ? last.entryId : null;
        const [entryId] = await appendLog(tx, channelOf(one, 'requests'), [{ ...entry, sameAs }]);
        if (!one.entry.write && sameAs === null && entryId !== undefined) {
          remember(lastAnswers, key, { hash, entryId });
        }
        if (one.entry.result === 'failed') await appendLog(tx, channelOf(one, 'errors'), [entry]);
        if (one.entry.posRef !== undefined) await appendLog(tx, channelOf(one, 'orders'), [entry]);
      }
    });
  }
}

function channelOf(one: Waiting, kind: 'requests' | 'errors' | 'orders'): LogChannel {
  return `${one.connectorId}-${kind}`;
}

function logEntryOf({ place, entry }: Waiting): LogEntry {
  return {
    ...place,
    atMs: entry.startedAtMs,
    facts: {
      operation: entry.operation,
      command: entry.command,
      durationMs: Math.round(entry.durationMs),
      result: entry.result,
      detail: maskCardNumbers(entry.detail),
      posRef: entry.posRef ?? null,
    },
    request: maskCardNumbers(entry.request.slice(0, bodyCharactersMax)),
    answer: maskCardNumbers(entry.answer.slice(0, bodyCharactersMax)),
  };
}
