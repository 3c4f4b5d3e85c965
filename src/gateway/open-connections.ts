import { z } from 'zod';
import type { RandomBytes } from '#domain/reference.ts';
import { isOver } from '#domain/time.ts';
import type { Clock } from '#domain/time.ts';
import type { PosConnector } from '#contract/connector.ts';
import type { NoAnswerReason, PosHttp } from '#contract/pos-http.ts';
import { getConnection, makeConnectionMemory } from '#store/connections.ts';
import type { ConnectionRow } from '#store/schema.ts';
import { seal, unseal } from '#store/seal.ts';
import type { SealedFor } from '#store/seal.ts';
import type { Store } from '#store/store.ts';
import type { OpenConnection } from '#sync/health.ts';
import type { RequestLogs } from '#sync/request-log.ts';
import type { EgressPolicy } from '#transport/egress.ts';
import { makePosHttp } from '#transport/pos-http.ts';
import { connectors } from './connectors.ts';

/** How often an open connector asks whether its connection was changed by another process. */
const revisionCheckMs = 5_000;

/** What a connection's settings hold: how to trust the peer, and what the connector wants. */
export const connectionSettings = z.object({
  tls: z
    .object({
      pinSha256: z.string().optional(),
      ca: z.string().optional(),
      minVersion: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']).optional(),
    })
    .optional(),
  connector: z.unknown(),
});

export type OpenConnectionsDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly masterKey: Buffer;
  readonly policy: EgressPolicy;
  readonly logs: RequestLogs;
  /** Mock mode: connectors with these ids speak to a world in this process instead of a socket. */
  readonly mocks: ReadonlyMap<string, PosHttp>;
  readonly onTrouble: (message: string, place: { companyId: string; locationId: string }) => void;
};

type Opened = {
  readonly revision: number;
  checkedAtMs: number;
  readonly connector: PosConnector | undefined;
  readonly close: () => Promise<void>;
};

/** Connectors of all locations this process talks to, opened on first use and again when their connection changes. */
export interface OpenConnections {
  readonly connectionFor: (companyId: string, locationId: string) => Promise<OpenConnection | undefined>;
  /** `revision`: of the connection, where the caller just read it. It is not asked for again then. */
  readonly connectorFor: (
    companyId: string,
    locationId: string,
    revision?: number,
  ) => Promise<PosConnector | undefined>;
  close(): Promise<void>;
}

export function makeOpenConnections(deps: OpenConnectionsDeps): OpenConnections {
  const opened = new Map<string, Promise<Opened>>();

  async function refresh(companyId: string, locationId: string, before: Opened | undefined): Promise<Opened> {
    const row = await deps.store.asCompany(companyId, (tx) => getConnection(tx, { companyId, locationId }));
    const checkedAtMs = deps.clock.monotonicMs();
    if (before !== undefined && before.revision === (row?.revision ?? 0)) {
      before.checkedAtMs = checkedAtMs;
      return before;
    }
    await before?.close();
    return row === undefined
      ? { revision: 0, checkedAtMs, connector: undefined, close: () => Promise.resolve() }
      : open(deps, row, checkedAtMs);
  }

  async function openedFor(companyId: string, locationId: string, revision?: number): Promise<Opened> {
    const key = `${companyId} ${locationId}`;
    const known = await opened.get(key);
    if (known !== undefined && isCurrent(known, revision)) return known;
    const opening = refresh(companyId, locationId, known);
    opened.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      opened.delete(key);
      throw error;
    }
  }

  function isCurrent(known: Opened, revision: number | undefined): boolean {
    return revision === undefined
      ? deps.clock.monotonicMs() - known.checkedAtMs < revisionCheckMs
      : known.revision === revision;
  }

  return {
    async connectionFor(companyId, locationId) {
      const { connector, revision } = await openedFor(companyId, locationId);
      return connector === undefined ? undefined : { connector, revision };
    },
    connectorFor: async (...which) => (await openedFor(...which)).connector,
    async close() {
      for (const opening of opened.values()) await (await opening).close();
    },
  };
}

function open(deps: OpenConnectionsDeps, row: ConnectionRow, checkedAtMs: number): Opened {
  const place = { companyId: row.company_id, locationId: row.location_id };
  const closed = {
    revision: row.revision,
    checkedAtMs,
    connector: undefined,
    close: () => Promise.resolve(),
  };
  const offered = connectors.get(row.connector_id);
  if (offered === undefined) return trouble(`there is no connector ${row.connector_id}`);
  const settings = connectionSettings.safeParse(row.settings);
  if (!settings.success) return trouble('the stored settings cannot be read');
  const unsealed = unseal(row.sealed_secret, deps.masterKey, sealedFor({ ...place, origin: row.origin }));
  if (unsealed.kind === 'bad') return trouble(`the credentials cannot be opened: ${unsealed.detail}`);
  const { tls } = settings.data;
  const wire = makePosHttp({
    policy: deps.policy,
    ...(tls === undefined ? {} : { tls: definedOf(tls) }),
    nowMs: () => deps.clock.nowMs(),
  });
  const connected = offered.open(
    { settings: settings.data.connector, secret: JSON.parse(unsealed.plain) },
    {
      http: bindCalls(deps.mocks.get(row.connector_id) ?? wire.http, row.origin, deps.clock),
      memory: makeConnectionMemory(deps.store, place),
      clock: deps.clock,
      randomBytes: deps.randomBytes,
      log: deps.logs.logFor(row.connector_id, place),
    },
  );
  if (connected.kind === 'bad')
    return trouble(connected.errors.map((error) => `${error.path}: ${error.detail}`).join('; '));
  return { revision: row.revision, checkedAtMs, connector: connected.value, close: wire.close };

  function trouble(message: string): Opened {
    deps.onTrouble(message, place);
    return closed;
  }
}

type SealedPlace = { readonly companyId: string; readonly locationId: string; readonly origin: string };

/** A connection's secret as it is kept: it opens for this location and this address, and nothing else. */
export function sealSecret(secret: unknown, masterKey: Buffer, place: SealedPlace): string {
  return seal(JSON.stringify(secret), masterKey, sealedFor(place));
}

function sealedFor({ companyId, locationId, origin }: SealedPlace): SealedFor {
  return { companyId, locationId, origin, purpose: 'pos-credentials' };
}

/**
 * Credentials go to the origin they were sealed for and nowhere else, whatever the settings say. And no call begins after its
 * deadline: others may have taken over what a process was doing when it was stopped.
 */
function bindCalls(http: PosHttp, origin: string, clock: Clock): PosHttp {
  return (request, signal) => {
    if (new URL(request.url).origin !== origin)
      return notSent('egress-denied', 'the credentials are not sealed for this address');
    if (isOver(signal, clock)) return notSent('deadline', 'its time was over before it began');
    return http(request, signal);
  };
}

function notSent(reason: NoAnswerReason, detail: string): ReturnType<PosHttp> {
  return Promise.resolve({ kind: 'no-answer', reason, sent: 'never', answerBytes: false, detail });
}

/** Fields that are absent are left out: an undefined pin must not look like one. */
function definedOf<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], undefined>;
  };
}
