import { hourMs } from '#domain/time.ts';
import { isCallFault, processFaults } from './faults.ts';
import type { CallFault, Fault, FaultKind, PosFaultKind } from './faults.ts';
import type { Coverage } from './coverage.ts';
import { Hits } from './hits.ts';
import type { Concerns, Peek } from './hits.ts';
import type { Kernel } from './kernel.ts';
import type { CallOf, Server } from './network.ts';
import type { SimPos, StaffAct } from './pos/pos.ts';
import type { Random } from './random.ts';
import type { CommitFault, SimProcess } from './sim-process.ts';
import type { Watch } from './watch.ts';

export type FaultEngineOptions = {
  readonly kernel: Kernel;
  readonly random: Random;
  readonly servers: readonly Server[];
  readonly watch: Watch;
  readonly peek: Peek;
  readonly faults: readonly Fault[];
  readonly kill: (process: number, downMs: number) => void;
  readonly processAt: (process: number) => SimProcess | undefined;
  readonly renewCredentials: (server: Server) => void;
};

/** A call fault that is on: it meets the next calls that fit. */
type Armed = { readonly fault: Fault; left: number };

/** Brings the faults of a list into the world, each at its instant or when what it waits for is there. */
export class FaultEngine {
  readonly planned: readonly Fault[];
  readonly #options: FaultEngineOptions;
  readonly #armed: Armed[] = [];
  #waiting: Fault[] = [];
  readonly #commitFaults: (Fault | undefined)[] = [];
  /** What lasts, by kind and where: ended only when the last of them ends. */
  readonly #lasting = new Map<string, number>();
  readonly #hits: Hits;
  #stopped = false;

  constructor(options: FaultEngineOptions) {
    this.#options = options;
    this.planned = options.faults;
    const classes = new Map(options.servers.map((server) => [server.locationId, server.posClass.classId]));
    this.#hits = new Hits(options.peek, (locationId) => classes.get(locationId));
  }

  get coverage(): Coverage {
    return this.#hits.coverage;
  }

  start(): void {
    for (const fault of this.planned) this.#options.kernel.at(fault.atMs, () => this.#arm(fault));
  }

  /** Whatever is still broken is mended. */
  stop(): void {
    this.#stopped = true;
    this.#armed.length = 0;
    this.#waiting = [];
    this.#commitFaults.length = 0;
    this.#hits.endedAll();
    const refusing = this.#options.servers.filter(({ pos }) => pos.mood.refusesCredentials);
    for (const { pos } of this.#options.servers) {
      Object.assign(pos.mood, {
        offline: false,
        busy: false,
        shiftTooLong: false,
        wrongRestaurant: false,
        refusesCredentials: false,
        soldOut: false,
        dropsLines: 0,
      });
      pos.unlock();
    }
    this.#lasting.clear();
    for (const server of refusing) this.#options.renewCredentials(server);
    for (const index of new Set(this.planned.map((fault) => fault.process))) {
      const process = this.#options.processAt(index);
      if (process === undefined) continue;
      process.storeDelayMs = 0;
      process.wallOffsetMs = 0;
      process.resume();
    }
  }

  #arm(fault: Fault): void {
    if (this.#stopped || !this.#canBe(fault)) return;
    if (isCallFault(fault.kind)) this.#armed.push({ fault, left: fault.count });
    else if (fault.whenState === null) this.#strike(fault);
    else {
      this.#waiting.push(fault);
      this.#wake();
    }
  }

  /** Not every POS has what it takes. */
  #canBe(fault: Fault): boolean {
    const posClass = this.#options.servers[fault.location]?.posClass;
    if (posClass === undefined) return false;
    if (fault.kind === 'relay-repeats') return posClass.semantics.relayRepeats;
    if (fault.kind === 'drops-lines') return posClass.semantics.dropsLines;
    return posClass.real?.never[fault.kind as PosFaultKind] === undefined;
  }

  /** Something changed in the store: it meets what is on, and what waits for a state may find it now. */
  onCommitted(): void {
    this.#hits.committed();
    // Those that wait have looked at all that stood before.
    if (this.#waiting.length > 0 && this.#options.peek.moved().length > 0) this.#wake();
  }

  #wake(): void {
    const struck = this.#waiting.filter(({ location, whenState }) => {
      const server = this.#options.servers[location];
      return (
        server !== undefined && whenState !== null && this.#options.peek.stands(server.locationId, whenState)
      );
    });
    if (struck.length === 0) return;
    this.#waiting = this.#waiting.filter((fault) => !struck.includes(fault));
    // Before what moved the write learns that it did, or a moment later: what nobody saw the end of is taken up at once.
    const { random, kernel } = this.#options;
    for (const fault of struck) {
      const isAtOnce = random.chance(fault.whenState === 'unconfirmed' ? 0.8 : 0.3);
      // A state that lasts is met with one write in it, or when there are more.
      const isLater =
        fault.whenState !== 'unconfirmed' && fault.whenState !== 'sending' && random.chance(0.5);
      kernel.at(isAtOnce ? 0 : random.between(1, isLater ? 10_000 : 30), () => this.#strike(fault));
    }
  }

  takeCallFault(server: Server, call: CallOf, isWrite: boolean): CallFault | undefined {
    const found = this.#armed.find(
      ({ fault }) => fault.location === server.index && fits(fault, call, isWrite),
    );
    if (found === undefined) return undefined;
    const { kind } = found.fault;
    if (!isCallFault(kind)) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#armed.splice(this.#armed.indexOf(found), 1);
    this.#options.kernel.trace(`${kind} at ${server.locationId}`);
    if (call !== null)
      this.#hits.count(found.fault, call.step === 'send' ? 'sending' : 'read-back', server.locationId);
    return kind;
  }

  takeCommitFault(process: number): CommitFault | undefined {
    const fault = this.#commitFaults[process];
    if (fault === undefined) return undefined;
    this.#commitFaults[process] = undefined;
    const name = this.#options.processAt(process)?.name;
    this.#hits.struck(fault, (write) => write.heldBy === null || write.heldBy === name);
    return fault.kind === 'commit-lost' ? 'commit-lost' : 'ack-lost';
  }

  losesAnnouncements(process: number): boolean {
    return this.#lasting.has(`announcements-lost ${process}`);
  }

  #strike(fault: Fault): void {
    const server = this.#options.servers[fault.location];
    if (this.#stopped || server === undefined) return;
    this.#options.kernel.trace(`${fault.kind} at ${server.locationId} for ${fault.ms} ms`);
    if (isOf(processFaults, fault.kind)) this.#strikeProcess(fault);
    else this.#strikePlace(fault, server);
  }

  #strikeProcess(fault: Fault): void {
    const { kernel, watch, random } = this.#options;
    const index = fault.process;
    const process = this.#options.processAt(index);
    if (process === undefined) return;
    // A clock that jumps is no excuse.
    if (fault.kind !== 'clock-jumps') watch.disturbed(kernel.nowMs + fault.ms + 10_000);
    // What another process has in hand does not notice.
    const concerns: Concerns = ({ heldBy }) => heldBy === null || heldBy === process.name;
    const during = (begin: () => void, end: () => void) =>
      this.#during({ fault, at: index, concerns, begin, end, isOn: () => process.state !== 'dead' });
    if (fault.kind === 'crash') {
      this.#hits.struck(fault, concerns);
      this.#options.kill(index, fault.ms);
    } else if (fault.kind === 'stopped')
      during(
        () => {
          process.stop();
          watch.stopped(process.name);
        },
        () => this.#options.processAt(index)?.resume(),
      );
    else if (fault.kind === 'store-slow')
      during(
        () => (process.storeDelayMs = random.between(100, 3_000)),
        () => (process.storeDelayMs = 0),
      );
    else if (fault.kind === 'clock-jumps')
      during(
        () => (process.wallOffsetMs = random.chance(0.5) ? hourMs : -hourMs),
        () => (process.wallOffsetMs = 0),
      );
    else if (fault.kind === 'announcements-lost')
      during(
        () => undefined,
        () => undefined,
      );
    else this.#commitFaults[index] = fault;
  }

  /** Faults of one kind at one place overlap: it is over when the last of them is. */
  #during(lasting: {
    readonly fault: Fault;
    readonly at: string | number;
    readonly concerns: Concerns;
    readonly begin: () => void;
    readonly end: () => void;
    readonly isOn?: () => boolean;
  }): void {
    const { fault } = lasting;
    const key = `${fault.kind} ${lasting.at}`;
    this.#lasting.set(key, (this.#lasting.get(key) ?? 0) + 1);
    lasting.begin();
    this.#hits.began(fault, lasting.concerns, lasting.isOn);
    this.#options.kernel.at(fault.ms, () => {
      if (this.#stopped) return;
      this.#hits.ended(fault);
      const left = (this.#lasting.get(key) ?? 1) - 1;
      if (left > 0) this.#lasting.set(key, left);
      else {
        this.#lasting.delete(key);
        lasting.end();
      }
    });
  }

  #strikePlace(fault: Fault, server: Server): void {
    const { kind } = fault;
    const { pos } = server;
    const { mood } = pos;
    const concerns: Concerns = ({ locationId }) => locationId === server.locationId;
    if (kind === 'waiter-opens') {
      this.#hits.struck(fault, concerns);
      pos.openAtTill(this.#options.random.pick(pos.tableRefs));
    } else if (kind.startsWith('waiter-')) this.#strikeOrder(fault, server, concerns);
    else if (kind === 'drops-lines') {
      // On until a package has lost its line.
      if (mood.dropsLines > 0) return;
      mood.dropsLines = 1;
      this.#hits.began(fault, concerns, () => mood.dropsLines > 0);
    } else {
      const turn = turns[kind];
      if (turn === undefined) throw new Error(`${kind} happens at no place`);
      const end = () => {
        turn(pos, false);
        if (kind === 'credentials-refused') this.#options.renewCredentials(server);
      };
      this.#during({ fault, at: server.locationId, concerns, begin: () => turn(pos, true), end });
    }
  }

  /** One of the orders that the POS lets its people do this to. */
  #strikeOrder(fault: Fault, server: Server, concerns: Concerns): void {
    const { pos } = server;
    const act = fault.kind.slice('waiter-'.length) as StaffAct;
    const left = [...pos.openOrders()];
    while (left.length > 0) {
      const order = this.#options.random.pick(left);
      if (pos.act(act, order.posRef)) {
        this.#hits.struck(fault, concerns);
        return;
      }
      left.splice(left.indexOf(order), 1);
    }
  }
}

/** What brings a lasting state of a place about, and ends it. */
const turns: Partial<Record<FaultKind, (pos: SimPos, isOn: boolean) => void>> = {
  offline: ({ mood }, isOn) => (mood.offline = isOn),
  busy: ({ mood }, isOn) => (mood.busy = isOn),
  'shift-too-long': ({ mood }, isOn) => (mood.shiftTooLong = isOn),
  'wrong-restaurant': ({ mood }, isOn) => (mood.wrongRestaurant = isOn),
  'sold-out': ({ mood }, isOn) => (mood.soldOut = isOn),
  'credentials-refused': ({ mood }, isOn) => (mood.refusesCredentials = isOn),
  'lock-burst': (pos, isOn) => (isOn ? pos.lock() : pos.unlock()),
};

function isOf(kinds: readonly string[], kind: string): boolean {
  return kinds.includes(kind);
}

/** A fault for sends waits for the call that may change something; what comes before it in an attempt is met by the others. */
function fits(fault: Fault, call: CallOf, isWrite: boolean): boolean {
  if (fault.target === 'any') return true;
  if (fault.target === 'send') return isWrite;
  return call?.step === 'read-back';
}
