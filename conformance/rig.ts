import type { PosConnector, PosWrite, RoundWrite } from '#contract/connector.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import type { RequestedLine } from '#domain/order.ts';
import type { Menu } from '#domain/menu.ts';
import type { Clock } from '#domain/time.ts';
import type { Ticket, TwinWorld } from '#twins/definition.ts';
import { TwinWire } from '#twins/exchange.ts';
import { makeTwinHttp } from './twin-http.ts';

/** What a connector's own test hands to the suite: a fresh restaurant and the ways into it. */
export type Subject = {
  readonly world: TwinWorld;
  /** Opens the connector over this way to its POS. */
  readonly connect: (http: PosHttp) => PosConnector;
  /** A round of these lines as the gateway would send it: priced by this menu, with new references; at a table that is free. */
  readonly roundOf: (menu: Menu, lines: readonly RequestedLine[]) => RoundWrite;
  readonly dishes: {
    /** Routes to a kitchen, has no choices to make. */
    readonly plain: RequestedLine;
    /** With at least one modifier that costs something and that the kitchen prints. */
    readonly chosen: RequestedLine;
  };
  /** What a fault's `match` is, so that it meets the request that saves a round. */
  readonly saves: string;
  /** Has a terminal open the order, and close it; absent where the POS knows no such thing. */
  readonly terminal?: { readonly open: (posRef: string) => void; readonly close: (posRef: string) => void };
};

export type Rig = {
  readonly subject: Subject;
  readonly wire: TwinWire;
  readonly connector: PosConnector;
  readonly menu: Menu;
  round(...lines: readonly RequestedLine[]): RoundWrite;
  /** What the kitchen got: the truth. */
  tickets(): readonly Ticket[];
  packages(): number;
  /** How many requests the POS got so far. */
  requests(): number;
};

/** One thing a connector must keep, tried on an open rig. Throws when it does not. */
export type RigCheck = { readonly name: string; readonly run: (rig: Rig) => Promise<void> };

/** Long enough for a call in the same process, short enough for a test: every call must end with the signal it was given. */
const patienceMs = 150;
export const patience = (): AbortSignal => AbortSignal.timeout(patienceMs);
export const never = new AbortController().signal;

/** The clock of the wire's faults. Real time: only `late-arrival` and `slow` wait, for milliseconds. */
const wireClock: Clock = {
  nowMs: () => Math.round(performance.timeOrigin + performance.now()),
  monotonicMs: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export async function openRig(subject: Subject): Promise<Rig> {
  const { world } = subject;
  const wire = new TwinWire(world, wireClock);
  const connector = subject.connect(makeTwinHttp((request, signal) => wire.exchange(request, signal)));
  const read = await connector.readMenu(never);
  if (read.kind === 'failed') throw new Error(`the menu cannot be read: ${read.error.detail}`);
  const { menu } = read.value;
  const tickets = () => world.tickets().filter((ticket) => ticket.kind === 'order');
  return {
    subject,
    wire,
    connector,
    menu,
    round: (...lines) => subject.roundOf(menu, lines.length > 0 ? lines : [subject.dishes.plain]),
    tickets,
    packages: () => new Set(tickets().map((ticket) => ticket.packageRef)).size,
    requests: () => wire.requests(0).length,
  };
}

/** What delivery would find out about a write whose outcome is unknown, with the means this POS has. */
export async function isThere(rig: Rig, write: PosWrite): Promise<boolean> {
  const { connector } = rig;
  if (connector.readBack !== undefined) {
    const read = await connector.readBack(write, never);
    if (read.kind === 'failed') throw new Error(`cannot be read back: ${read.error.detail}`);
    return read.value.kind === 'present';
  }
  // Neither read nor dedupe: only a person can tell, and here the kitchen is asked.
  if (connector.capabilities.createDedupe === 'none' || write.kind !== 'create-order')
    return rig.packages() > 0;
  // The repeat of the same reference is the read back.
  const again = await connector.placeRound(write, never);
  return again.kind === 'applied';
}
