import { hourMs, minuteMs } from '#domain/time.ts';
import { saveConnection } from '#store/connections.ts';
import { insertCompany } from '#store/locations.ts';
import type { Store } from '#store/store.ts';
import { check, nameBookings } from './checker.ts';
import type { PosTruth, Violation } from './checker.ts';
import type { Coverage } from './coverage.ts';
import type { Fault } from './faults.ts';
import { FaultEngine } from './fault-engine.ts';
import type { Peek } from './hits.ts';
import { Guests } from './guests.ts';
import { Kernel } from './kernel.ts';
import { isProviderFault } from './money/faults.ts';
import type { MoneyJudgement } from './money/judge.ts';
import { Money } from './money/money.ts';
import type { PeekMoney } from './money/money.ts';
import { makeNetwork } from './network.ts';
import type { Server } from './network.ts';
import { Operators } from './operators.ts';
import type { Answered } from './operators.ts';
import { companies, connectionOf, freshnessMs, makePlaces, openPlace } from './places.ts';
import type { Place } from './places.ts';
import { posClasses } from './pos/offered.ts';
import { makeRandom } from './random.ts';
import { planWorldFaults } from './plan-world.ts';
import type { StormOptions } from './plan-world.ts';
import { Processes } from './processes.ts';
import { isInjected } from './sim-process.ts';
import { Watch } from './watch.ts';
import type { Schedule } from './watch.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly store: Store;
  readonly peek: Peek;
  readonly peekMoney: PeekMoney;
  /** Guests arrive, and faults begin, in this time; then the world comes to rest. */
  readonly busyMs?: number;
  /** Parties per table in that time. */
  readonly parties?: number;
  /** Tables per location that guests sit at. */
  readonly tables?: number;
  /** How many of the parties pay at the payment provider rather than the waiter; none unless said. */
  readonly onlineShare?: number;
  /** More or fewer faults than usual. */
  readonly faultRate?: number;
  readonly storms?: StormOptions;
  readonly classIds?: readonly string[];
  readonly processes?: number;
  /** Guests do not linger, and it ends as soon as nothing has moved for a while. */
  readonly brief?: boolean;
  /** Instead of those that follow from the seed. */
  readonly faults?: readonly Fault[];
  /** Whether the newest commit changed a row: only such a commit is a boundary to die at. */
  readonly changedLast?: () => boolean;
  /** Dies at these boundaries, counted over all processes. */
  readonly crashAt?: ReadonlySet<number>;
  readonly onTrace?: (line: string) => void;
};

export type WorldResult = {
  readonly seed: number;
  readonly orders: number;
  readonly rounds: number;
  readonly payments: number;
  /** Orders that somebody began to pay for at the payment provider. */
  readonly paymentHistories: number;
  readonly unexplainedMinor: number;
  readonly refusals: number;
  readonly cooked: number;
  readonly held: number;
  readonly answered: Answered;
  readonly violations: readonly Violation[];
  readonly bugs: readonly string[];
  readonly schedule: Schedule;
  readonly coverage: Coverage;
  readonly faults: readonly Fault[];
  readonly boundaries: number;
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly events: number;
};

const defaultBusyMs = 20 * minuteMs;
const defaultParties = 3;
const defaultProcesses = 2;
/** After the last fault: both schedules, every settle time and some reads of what is in error fit in it. */
const settleMsMax = hourMs;
const settleMsMin = 3 * minuteMs;
/** Two more reads of what is in error: it closes itself when the POS shows it. */
const quietMs = 2 * minuteMs + 5_000;
/** Beyond the lease of whoever died, the backstop of whoever looks, and one check of a location. */
const quietMsSoon = 15_000;
/** So often operators look at their list once nothing moves any more without them. */
const operatorsLastRounds = 3;
/** Each stale round is answered once, and few wait behind another. */
const lastAsksMax = 10;
/** By then every location was read once. */
const firstGuestMs = 5_000;

/** Runs one world from its first guest until everything came to rest, and judges what is there then. */
export async function runWorld(options: WorldOptions): Promise<WorldResult> {
  const world = new World(options);
  await world.open();
  return world.run();
}

class World {
  readonly #options: WorldOptions;
  readonly #kernel: Kernel;
  readonly #watch: Watch;
  readonly #places: readonly Place[];
  readonly #faults: FaultEngine;
  readonly #guests: Guests;
  readonly #money: Money;
  readonly #operators: Operators;
  readonly #planned: readonly Fault[];
  readonly #processes: Processes;
  readonly #bugs: string[] = [];

  constructor(options: WorldOptions) {
    const { seed } = options;
    this.#options = options;
    this.#kernel = new Kernel(seed, options.onTrace);
    this.#watch = new Watch(() => this.#kernel.nowMs);
    this.#places = makePlaces(this.#kernel, seed, options.classIds ?? posClasses.map((one) => one.classId));
    const processes = options.processes ?? defaultProcesses;
    const servers = this.#places.map((place) => place.server);
    this.#planned =
      options.faults ??
      planWorldFaults({
        seed,
        untilMs: options.busyMs ?? defaultBusyMs,
        rate: options.faultRate ?? 1,
        processes,
        classIds: servers.map((server) => server.posClass.classId),
        storms: options.storms,
        isOnline: this.#isOnline,
      });
    this.#faults = new FaultEngine({
      kernel: this.#kernel,
      random: makeRandom(seed, 'faults'),
      servers,
      watch: this.#watch,
      peek: options.peek,
      faults: this.#planned.filter((fault) => !isProviderFault(fault)),
      kill: (index, downMs) => this.#processes.kill(index, downMs),
      processAt: (index) => this.#processes.at(index),
      renewCredentials: (server) => this.#renewCredentials(server),
    });
    const network = makeNetwork({
      kernel: this.#kernel,
      random: makeRandom(seed, 'network'),
      servers: new Map(servers.map((server) => [server.origin, server])),
      takeFault: (server, call, isWrite) => this.#faults.takeCallFault(server, call, isWrite),
    });
    this.#money = new Money({
      seed,
      kernel: this.#kernel,
      onlineShare: options.onlineShare ?? 0,
      faults: this.#planned.filter(isProviderFault),
      pick: () => this.#processes.pick(),
      kill: (process, downMs) => this.#processes.killOne(process, downMs),
      onBug: (error) => this.#noteBug(error),
      isInjected,
    });
    this.#processes = new Processes({
      seed,
      kernel: this.#kernel,
      store: options.store,
      network,
      faults: this.#faults,
      money: this.#money,
      watch: this.#watch,
      changedLast: options.changedLast,
      crashAt: options.crashAt,
      countedFromMs: firstGuestMs,
      onBug: (error) => this.#noteBug(error),
    });
    this.#operators = this.#makeOperators();
    this.#guests = new Guests({
      kernel: this.#kernel,
      random: makeRandom(seed, 'guests'),
      pick: () => this.#processes.pick(),
      lingers: options.brief === true ? 0.1 : 1,
      onWanted: (roundId) => this.#watch.answered(roundId),
      payOnline: (table, round) => this.#money.pay(table, round),
      onBug: (error) => this.#noteBug(error),
      isInjected,
    });
  }

  #makeOperators(): Operators {
    return new Operators({
      kernel: this.#kernel,
      random: makeRandom(this.#options.seed, 'operators'),
      pick: () => this.#processes.pick(),
      posOf: (locationId) => this.#serverOf(locationId).pos,
      peek: this.#options.peek,
      watch: this.#watch,
      onWanted: (roundId) => this.#guests.wantedAgain(roundId),
      onBug: (error) => this.#noteBug(error),
      isInjected,
    });
  }

  /** In every other seed somebody answers what the list asks; in the others what is held stays held. */
  get #isStaffed(): boolean {
    return this.#options.brief !== true && this.#options.seed % 2 === 0;
  }

  get #isOnline(): boolean {
    return (this.#options.onlineShare ?? 0) > 0;
  }

  async open(): Promise<void> {
    for (const companyId of companies)
      await this.#options.store.asCompany(companyId, async (tx) => {
        await insertCompany(tx, { companyId, name: companyId, nowMs: this.#kernel.nowMs });
        await this.#money.open(tx, companyId, this.#kernel.nowMs);
        for (const place of this.#places)
          if (place.companyId === companyId) await openPlace(tx, place, this.#kernel.nowMs);
      });
  }

  async run(): Promise<WorldResult> {
    const kernel = this.#kernel;
    const busyMs = this.#options.busyMs ?? defaultBusyMs;
    for (let index = 0; index < (this.#options.processes ?? defaultProcesses); index += 1)
      this.#processes.start(index);
    this.#seatAll(busyMs);
    this.#faults.start();
    if (this.#isOnline) this.#money.start(busyMs);
    if (this.#isStaffed) this.#operators.start(busyMs);
    await kernel.run(kernel.startMs + busyMs);
    this.#faults.stop();
    this.#money.stop();
    await this.#comeToRest(kernel.nowMs);
    for (let round = 0; this.#isStaffed && round < operatorsLastRounds; round += 1) {
      await this.#finish(this.#operators.workThroughAll());
      await this.#comeToRest(kernel.nowMs - settleMsMin);
    }
    await this.#askLast();
    const { rounds, payments } = this.#guests;
    const seen = this.#places.map((place): PosTruth => ({
      locationId: place.server.locationId,
      ...place.server.pos.truth(),
    }));
    const truths = nameBookings(seen, { rounds, payments: [...payments, ...this.#money.taken()] });
    const money = this.#isOnline ? await this.#judgeMoney(truths) : undefined;
    const taken = this.#money.taken();
    // Some orders were paid behind their guests' backs, and once more afterwards.
    for (const { orderId, takenAtMs } of taken)
      for (const round of rounds)
        if (round.lastOrderId === orderId) round.paidAtMs = Math.min(round.paidAtMs ?? takenAtMs, takenAtMs);
    const violations = check({
      rounds,
      payments: [...payments, ...taken],
      truths,
      boundsOf: (locationId) => this.#boundsOf(locationId),
    });
    return {
      seed: this.#options.seed,
      orders: this.#guests.orderIds.size,
      rounds: rounds.length,
      payments: payments.length,
      refusals: this.#guests.refusals,
      cooked: truths.reduce(
        (sum, truth) => sum + truth.packages.filter((entry) => entry.roundReference !== null).length,
        0,
      ),
      held: rounds.filter((round) => round.state === 'error').length,
      answered: this.#operators.answered,
      paymentHistories: money?.histories ?? 0,
      unexplainedMinor: money?.unexplainedMinor ?? 0,
      violations: [...violations, ...(money?.violations ?? [])],
      bugs: this.#bugs,
      schedule: this.#watch.schedule,
      coverage: { ...this.#faults.coverage, ...this.#money.coverage },
      faults: this.#planned,
      boundaries: this.#processes.boundaries,
      traceHash: kernel.traceHash,
      virtualMs: kernel.sinceStartMs,
      events: kernel.events,
    };
  }

  /** Where every cent went. A bill that staff see part-paid hides no money. */
  async #judgeMoney(truths: readonly PosTruth[]): Promise<MoneyJudgement> {
    const { orderIds, payments: cash, rounds } = this.#guests;
    let judged: MoneyJudgement | undefined;
    const judging = this.#money.judge({ orderIds, cash, rounds, truths }).then(({ shown, ...judgement }) => {
      judged = judgement;
      const open = new Set(shown.filter((order) => order.dueMinor > 0).map((order) => order.orderId));
      for (const payment of cash) payment.visible ||= open.has(payment.orderId);
    });
    await this.#finish(judging);
    if (judged === undefined) throw new Error('the money was not judged');
    return judged;
  }

  #seatAll(busyMs: number): void {
    const arrivals = makeRandom(this.#options.seed, 'arrivals');
    for (const place of this.#places)
      for (const table of place.tables.slice(0, this.#options.tables ?? place.tables.length))
        for (let party = 0; party < (this.#options.parties ?? defaultParties); party += 1)
          this.#kernel.at(arrivals.between(firstGuestMs, busyMs), () => this.#guests.seat(table));
  }

  /** Runs on until no write can move any more without a person. */
  async #comeToRest(fromMs: number): Promise<void> {
    const kernel = this.#kernel;
    const soon = this.#options.brief === true;
    const stepMs = soon ? 5_000 : minuteMs;
    for (
      let untilMs = fromMs + (soon ? 0 : settleMsMin);
      untilMs <= fromMs + settleMsMax;
      untilMs += stepMs
    ) {
      await kernel.run(untilMs);
      if (this.#isMoving() || this.#guests.busy > 0) continue;
      await kernel.run(kernel.nowMs + (soon ? quietMsSoon : quietMs));
      if (!this.#isMoving()) return;
    }
  }

  /** Whatever stands behind a write in error waits for a person. */
  #isMoving(): boolean {
    const writes = this.#options.peek.writes();
    const held = new Set(writes.flatMap((write) => (write.state === 'error' ? write.lane : [])));
    // A POS that said it is closed is asked again later, as nothing tells when it opens.
    if (this.#watch.isAnyReadOnly) return true;
    return writes.some((write) => !held.has(write.lane)) || this.#money.isMoving(this.#options.peekMoney);
  }

  /** A phone that asks may be asked back whether a stale round is still wanted, and what its guest says moves a lane once more. */
  async #askLast(): Promise<void> {
    for (let asked = 0; asked < lastAsksMax; asked += 1) {
      const { answers } = this.#guests;
      await this.#finish(this.#askEverything());
      if (this.#guests.answers === answers) return;
      await this.#comeToRest(this.#kernel.nowMs - settleMsMin);
    }
  }

  async #askEverything(): Promise<void> {
    for (const round of this.#guests.rounds)
      if (round.lines.length === 0 || round.state !== 'accepted') await this.#guests.look(round);
    for (const companyId of companies) await this.#guests.lookAtList(companyId);
    for (const { server, tables } of this.#places) {
      const [table] = tables;
      const reason = table === undefined ? undefined : await this.#guests.whyClosed(table);
      if (reason !== undefined)
        this.#bugs.push(`${server.locationId} is well and still read-only: ${reason}`);
    }
  }

  /** Lets time go on until `work` is done. */
  async #finish(work: Promise<void>): Promise<void> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    while (!done) await this.#kernel.run(this.#kernel.nowMs + 10_000, () => done);
    await ended;
  }

  #serverOf(locationId: string): Server {
    const server = this.#places.find((place) => place.server.locationId === locationId)?.server;
    if (server === undefined) throw new Error(`no location ${locationId}`);
    return server;
  }

  #boundsOf(locationId: string) {
    const { capabilities } = this.#serverOf(locationId).posClass;
    return {
      freshnessMs,
      landingMs: 2 * (capabilities.attemptDeadlineMs + capabilities.lateArrivalMs + capabilities.readLagMs),
      readable: capabilities.readBack !== 'none',
    };
  }

  /** An operator types the password anew: the POS takes it again, and so do we. */
  #renewCredentials(server: Server): void {
    const place = this.#places[server.index];
    if (place === undefined) return;
    // As an event of its own: transactions never begin inside another.
    this.#kernel.at(0, () => {
      void this.#kernel.whileBusy(() =>
        this.#options.store.asCompany(place.companyId, (tx) => saveConnection(tx, connectionOf(place))),
      );
    });
  }

  #noteBug(error: unknown): void {
    if (this.#bugs.length < 10)
      this.#bugs.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
