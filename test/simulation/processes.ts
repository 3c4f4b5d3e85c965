import type { Store } from '#store/store.ts';
import type { FaultEngine } from './fault-engine.ts';
import { startGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import type { Kernel } from './kernel.ts';
import type { Money } from './money/money.ts';
import { webhookBase } from './money/provider.ts';
import type { makeNetwork } from './network.ts';
import { masterKey } from './places.ts';
import { posClasses } from './pos/offered.ts';
import { makeRandom } from './random.ts';
import type { Random } from './random.ts';
import { SimProcess, isInjected } from './sim-process.ts';
import type { Boundary } from './sim-process.ts';
import type { Watch } from './watch.ts';

export type ProcessesOptions = {
  readonly seed: number;
  readonly kernel: Kernel;
  readonly store: Store;
  readonly network: ReturnType<typeof makeNetwork>;
  readonly faults: FaultEngine;
  readonly money: Money;
  readonly watch: Watch;
  /** Whether the newest commit changed a row: only such a commit is a boundary to die at. */
  readonly changedLast: (() => boolean) | undefined;
  /** Dies at these boundaries, counted over all processes. */
  readonly crashAt: ReadonlySet<number> | undefined;
  /** Boundaries before this instant are not counted. */
  readonly countedFromMs: number;
  readonly onBug: (error: unknown) => void;
};

/** Our processes of one world: they run, die and are started anew by whatever watches over them. */
export class Processes {
  boundaries = 0;
  readonly #options: ProcessesOptions;
  readonly #gateways: (Gateway | undefined)[] = [];
  readonly #random: Random;
  #incarnations = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    this.#random = makeRandom(options.seed, 'world');
  }

  at(index: number): SimProcess | undefined {
    return this.#gateways[index]?.process;
  }

  /** One that answers now, as a load balancer finds it. */
  pick(): Gateway | undefined {
    const up = this.#gateways.filter((gateway) => gateway?.process.state === 'running');
    return up.length === 0 ? undefined : this.#random.pick(up);
  }

  /** One that could not read the time starts anew. */
  start(index: number): void {
    const { kernel, onBug } = this.#options;
    void this.#start(index).catch((error: unknown) => {
      if (!isInjected(error)) onBug(error);
      kernel.at(1_000, () => this.start(index));
    });
  }

  kill(index: number, downMs: number): void {
    const { kernel, watch } = this.#options;
    this.#gateways[index]?.process.kill();
    this.#gateways[index] = undefined;
    watch.disturbed(kernel.nowMs + downMs + 5_000);
    kernel.at(downMs, () => {
      if (this.#gateways[index] === undefined) this.start(index);
    });
  }

  /** The same for one that may be dead already. */
  killOne(process: SimProcess, downMs: number): void {
    const index = this.#gateways.findIndex((gateway) => gateway?.process === process);
    if (index >= 0) this.kill(index, downMs);
  }

  async #start(index: number): Promise<void> {
    const { seed, kernel, store, network, faults, money, watch, changedLast, onBug } = this.#options;
    this.#incarnations += 1;
    const name = `process-${index} #${this.#incarnations}`;
    const random = makeRandom(seed, name);
    const process = new SimProcess({
      kernel,
      random,
      inner: store,
      name,
      onBoundary: (at, kind) => this.#onBoundary(at, kind),
      takeCommitFault: (at) => {
        const fault = money.takeCommitFault(at);
        // Whichever commit comes next is lost, and its retry keeps a location's turn.
        if (fault !== undefined) watch.disturbed(kernel.nowMs + 10_000);
        return fault ?? faults.takeCommitFault(index);
      },
      losesAnnouncement: () => faults.losesAnnouncements(index),
      onCommitted: () => {
        if (changedLast?.() !== false) faults.onCommitted();
      },
    });
    this.#gateways[index] = await startGateway({
      process,
      random,
      http: network.httpFor(process, (locationId, signal) => watch.callOf(name, locationId, signal)),
      fetch: money.fetchFor(process),
      // One installation in five is reached by no provider.
      webhookBase: seed % 5 === 0 ? undefined : webhookBase,
      watch,
      masterKey,
      connectorIds: posClasses.map((posClass) => posClass.classId),
      onMove: (write, to, detail) =>
        kernel.trace(`${name} ${write.kind} ${write.write_id} ${write.state} → ${to} ${detail}`),
      onBug,
    });
  }

  #onBoundary(process: SimProcess, kind: Boundary): void {
    const { kernel, changedLast, crashAt, countedFromMs } = this.#options;
    if (kind === 'begin' || (kind === 'committed' && changedLast?.() === false)) return;
    if (kernel.sinceStartMs < countedFromMs) return;
    this.boundaries += 1;
    if (crashAt?.has(this.boundaries) !== true) return;
    kernel.trace(`${process.name} dies at ${kind}`);
    this.killOne(process, 1_000);
  }
}
