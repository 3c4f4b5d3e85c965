import { once } from 'node:events';
import type { Server } from 'node:http';

import type { Clock } from '#domain/time.ts';

import { openCertificate } from './certificate.ts';
import type { TwinCertificate } from './certificate.ts';
import { systemClock } from './clock.ts';
import { makeControlServer } from './control.ts';
import type { ControlledTwin } from './control.ts';
import type { TwinWorld, WireExchange, WireRequest } from './definition.ts';
import { TwinWire } from './exchange.ts';
import { WireListener } from './listener.ts';

/** The defect that the kit itself has: the listener presents a certificate past its validity. */
const certificateExpired = 'certificate-expired';

export type TwinOptions = {
  readonly world: TwinWorld;
  /** Where the vendor wire listens, e.g. `127.0.0.1`. */
  readonly host: string;
  /** 0: any free port. null: mock mode, no wire socket at all; ask through `exchange`. */
  readonly wirePort: number | null;
  /** 0: any free port. */
  readonly controlPort: number;
  /** The control API asks nobody who they are: the loopback address unless somebody decides otherwise. */
  readonly controlHost?: string;
  /** null: the wire is plain HTTP. The directory keeps key and certificate between runs. */
  readonly tls: { readonly directory: string } | null;
  readonly clock?: Clock;
};

export type RunningTwin = {
  readonly name: string;
  /** Where the vendor wire answers. In mock mode a name that never resolves. */
  readonly url: string;
  /** Where the control API and the page answer. */
  readonly controlUrl: string;
  /** Base64 SHA-256 of the wire's public key (SPKI); absent without TLS. */
  readonly pinSha256?: string;
  /** One request in process, through the same faults as the wire. */
  readonly exchange: (request: WireRequest, signal: AbortSignal) => Promise<WireExchange>;
  /** Closes both ports, resets open connections, forgets late arrivals. */
  stop(): Promise<void>;
};

/** Starts a twin. Fails when a port is taken or the certificate's directory cannot be used; then nothing is left open. */
export async function startTwin(options: TwinOptions): Promise<RunningTwin> {
  const { world, host, wirePort, clock = systemClock } = options;
  const wire = new TwinWire(world, clock);
  const certificate =
    options.tls === null || wirePort === null
      ? null
      : await openCertificate(options.tls.directory, clock.nowMs());
  const listener =
    wirePort === null ? undefined : new WireListener({ host, port: wirePort, certificate, wire, clock });
  const control = makeControlServer(controlled(world, wire, listener, certificate));
  await listener?.setOffline(false);
  const stop = async () => {
    wire.stop();
    world.stop?.();
    await Promise.all([listener?.stop(), closeServer(control)]);
  };
  let controlUrl: string;
  try {
    controlUrl = await listen(control, options.controlPort, options.controlHost ?? '127.0.0.1');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: world.name,
    url:
      listener === undefined
        ? `http://${world.name}.twin.invalid`
        : urlOf(certificate === null ? 'http' : 'https', host, listener.port),
    controlUrl,
    ...(certificate === null ? {} : { pinSha256: certificate.pinSha256 }),
    exchange: (request, signal) => wire.exchange(request, signal),
    stop,
  };
}

function controlled(
  world: TwinWorld,
  wire: TwinWire,
  listener: WireListener | undefined,
  certificate: TwinCertificate | null,
): ControlledTwin {
  const faults: ControlledTwin['faults'] = {
    list: () => wire.faults,
    add: async (input) => {
      const fault = wire.addFault(input);
      if (fault?.kind === 'refuse-connect') listener?.closeIdle();
      await listener?.setOffline(wire.offline);
      return fault;
    },
    remove: async (kind) => {
      wire.removeFaults(kind);
      await listener?.setOffline(wire.offline);
    },
  };
  return {
    world,
    requests: (sinceMs) => wire.requests(sinceMs),
    faults,
    defects: makeDefects(world, certificate, listener),
  };
}

function makeDefects(
  world: TwinWorld,
  certificate: TwinCertificate | null,
  listener: WireListener | undefined,
): ControlledTwin['defects'] {
  const known = [...new Set([...world.defects, ...(certificate === null ? [] : [certificateExpired])])];
  let active: ReadonlySet<string> = new Set();
  const set = (names: Iterable<string>) => {
    const wasExpired = active.has(certificateExpired);
    active = new Set(names);
    world.setDefects(new Set(world.defects.filter((name) => active.has(name))));
    const expired = active.has(certificateExpired);
    if (certificate !== null && expired !== wasExpired) {
      listener?.present(expired ? certificate.expiredCert : certificate.cert);
    }
  };
  return {
    known: () => known,
    list: () => [...active],
    add: (name) => set([...active, name]),
    remove: (name) => set(name === undefined ? [] : [...active].filter((other) => other !== name)),
  };
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the control API has no port');
  return urlOf('http', host, address.port);
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  // The wildcard addresses are where one listens, not where one connects.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
