import type { WriteState } from '#domain/write.ts';
import { cellOf } from './coverage.ts';
import type { Coverage, Met } from './coverage.ts';
import { callFaults, processFaults } from './faults.ts';
import type { CallFault, Fault } from './faults.ts';
import type { Kernel } from './kernel.ts';
import type { CallOf, Server } from './network.ts';
import type { StaffAct } from './pos/pos.ts';
import type { Random } from './random.ts';
import type { CommitFault, SimProcess } from './sim-process.ts';
import type { Watch } from './watch.ts';

/** Where each write stands, for faults that wait for a state. The real store cannot be looked into and shows none. */
export type Peek = {
  /** All that hold their lane. */
  readonly writes: () => readonly Standing[];
  /** Whether one stands in this state at this location. */
  readonly stands: (locationId: string, state: WriteState) => boolean;
};

export type Standing = {
  readonly locationId: string;
  readonly lane: string;
  readonly state: WriteState;
};

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
  readonly coverage: Coverage = {};
  readonly planned: readonly Fault[];
  readonly #options: FaultEngineOptions;
  readonly #armed: Armed[] = [];
  #waiting: Fault[] = [];
  readonly #commitFaults: (CommitFault | undefined)[] = [];
  readonly #deafUntilMs: number[] = [];
  readonly #refusing = new Set<Server>();
  #stopped = false;

  constructor(options: FaultEngineOptions) {
    this.#options = options;
    this.planned = options.faults;
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
    this.#deafUntilMs.length = 0;
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
    for (const server of this.#refusing) this.#options.renewCredentials(server);
    for (let index = 0; ; index += 1) {
      const process = this.#options.processAt(index);
      if (process === undefined) break;
      process.storeDelayMs = 0;
      process.resume();
    }
  }

  #arm(fault: Fault): void {
    if (this.#stopped) return;
    if (isCallFault(fault)) this.#armed.push({ fault, left: fault.count });
    else if (fault.whenState === null) this.#strike(fault);
    else {
      this.#waiting.push(fault);
      this.onCommitted();
    }
  }

  /** Something changed in the store: what waits for a state may find it now. */
  onCommitted(): void {
    if (this.#waiting.length === 0) return;
    const struck = this.#waiting.filter(({ location, whenState }) => {
      const server = this.#options.servers[location];
      return (
        server !== undefined && whenState !== null && this.#options.peek.stands(server.locationId, whenState)
      );
    });
    if (struck.length === 0) return;
    this.#waiting = this.#waiting.filter((fault) => !struck.includes(fault));
    // Before what moved the write learns that it did, or a moment later.
    const { random, kernel } = this.#options;
    for (const fault of struck)
      kernel.at(random.chance(0.3) ? 0 : random.between(1, 30), () => this.#strike(fault));
  }

  takeCallFault(server: Server, call: CallOf, isWrite: boolean): CallFault | undefined {
    const found = this.#armed.find(
      ({ fault }) => fault.location === server.index && fits(fault, call, isWrite),
    );
    if (found === undefined || !isCallFault(found.fault)) return undefined;
    const { kind } = found.fault;
    if (kind === 'relay-repeats' && !server.posClass.semantics.relayRepeats) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#armed.splice(this.#armed.indexOf(found), 1);
    this.#options.kernel.trace(`${kind} at ${server.locationId}`);
    if (call !== null) this.#count(found.fault, server, call.step === 'send' ? 'sending' : 'read-back');
    return kind;
  }

  takeCommitFault(process: number): CommitFault | undefined {
    const fault = this.#commitFaults[process];
    this.#commitFaults[process] = undefined;
    return fault;
  }

  losesAnnouncements(process: number): boolean {
    return (this.#deafUntilMs[process] ?? 0) > this.#options.kernel.nowMs;
  }

  #count(fault: Fault, server: Server, met: Met): void {
    const cell = cellOf(fault.kind, met, server.posClass.classId);
    this.coverage[cell] = (this.coverage[cell] ?? 0) + 1;
  }

  /** A fault of a place, or of a process, meets every write that stands there. */
  #countAll(fault: Fault, at: Server | undefined): void {
    const classes = new Map(this.#options.servers.map((server) => [server.locationId, server]));
    for (const write of this.#options.peek.writes()) {
      const server = classes.get(write.locationId);
      if (server !== undefined && (at === undefined || at === server))
        this.#count(fault, server, write.state);
    }
  }

  #strike(fault: Fault): void {
    const server = this.#options.servers[fault.location];
    if (this.#stopped || server === undefined) return;
    if (fault.kind === 'drops-lines' && !server.posClass.semantics.dropsLines) return;
    this.#options.kernel.trace(`${fault.kind} at ${server.locationId} for ${fault.ms} ms`);
    const { kind } = fault;
    if ((processFaults as readonly string[]).includes(kind)) {
      this.#countAll(fault, undefined);
      this.#strikeProcess(fault);
    } else if (kind === 'waiter-opens') {
      this.#countAll(fault, server);
      server.pos.openAtTill(this.#options.random.pick(server.pos.tableRefs));
    } else if (kind.startsWith('waiter-')) this.#strikeOrder(fault, server);
    else {
      this.#countAll(fault, server);
      this.#strikePlace(fault, server);
    }
  }

  #strikeProcess(fault: Fault): void {
    const { kernel, watch } = this.#options;
    const process = this.#options.processAt(fault.process);
    if (process === undefined) return;
    watch.disturbed(kernel.nowMs + fault.ms + 10_000);
    if (fault.kind === 'crash') this.#options.kill(fault.process, fault.ms);
    else if (fault.kind === 'stopped') {
      process.stop();
      watch.stopped(process.name);
      kernel.at(fault.ms, () => process.resume());
    } else if (fault.kind === 'store-slow') {
      process.storeDelayMs = this.#options.random.between(100, 3_000);
      kernel.at(fault.ms, () => (process.storeDelayMs = 0));
    } else if (fault.kind === 'announcements-lost') {
      this.#deafUntilMs[fault.process] = kernel.nowMs + fault.ms;
    } else if (fault.kind === 'commit-lost' || fault.kind === 'ack-lost') {
      this.#commitFaults[fault.process] = fault.kind;
    }
  }

  #strikeOrder(fault: Fault, server: Server): void {
    const open = server.pos.openOrders();
    if (open.length === 0) return;
    const order = this.#options.random.pick(open);
    const act = fault.kind.slice('waiter-'.length) as StaffAct;
    if (server.pos.act(act, order.posRef)) this.#countAll(fault, server);
  }

  #strikePlace(fault: Fault, server: Server): void {
    const { kernel } = this.#options;
    const { mood } = server.pos;
    const forAWhile = (begin: () => void, end: () => void) => {
      begin();
      kernel.at(fault.ms, () => {
        if (!this.#stopped) end();
      });
    };
    const during = (name: 'offline' | 'busy' | 'shiftTooLong' | 'wrongRestaurant' | 'soldOut') =>
      forAWhile(
        () => (mood[name] = true),
        () => (mood[name] = false),
      );
    const { kind } = fault;
    if (kind === 'offline' || kind === 'busy') during(kind);
    else if (kind === 'shift-too-long') during('shiftTooLong');
    else if (kind === 'wrong-restaurant') during('wrongRestaurant');
    else if (kind === 'sold-out') during('soldOut');
    else if (kind === 'drops-lines') mood.dropsLines += 1;
    else if (kind === 'lock-burst')
      forAWhile(
        () => server.pos.lock(),
        () => server.pos.unlock(),
      );
    else if (kind === 'credentials-refused')
      forAWhile(
        () => {
          mood.refusesCredentials = true;
          this.#refusing.add(server);
        },
        () => {
          mood.refusesCredentials = false;
          this.#refusing.delete(server);
          this.#options.renewCredentials(server);
        },
      );
    else throw new Error(`${kind} happens at no place`);
  }
}

function isCallFault(fault: Fault): fault is Fault & { readonly kind: CallFault } {
  return (callFaults as readonly string[]).includes(fault.kind);
}

/** A fault for sends waits for the call that may change something; what comes before it in an attempt is met by the others. */
function fits(fault: Fault, call: CallOf, isWrite: boolean): boolean {
  if (fault.target === 'any') return true;
  if (fault.target === 'send') return isWrite;
  return call?.step === 'read-back';
}
