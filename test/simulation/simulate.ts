import { parseArgs } from 'node:util';
import { runCrashPoints } from './crash-points.ts';
import { runMany, seedsFrom } from './run-many.ts';
import { posClasses } from './pos/offered.ts';
import { replay, worldArguments } from './replay.ts';
import type { ReplayOptions } from './replay.ts';
import { runPlanted } from './run-planted.ts';
import { hitsMin, judgeCoverage, listCells, missingAt } from './coverage.ts';
import { keptSeeds } from './kept-seeds.ts';
import { aimAtThinnest } from './storms.ts';
import { Summary } from './summary.ts';
import type { SeedReport } from './worker.ts';

const defaultOrders = 2_000;
/** Two cores is the smallest machine this is promised for. */
const threads = 2;
const failuresShown = 20;
/** The determinism gate of every run: each class of POS is in each seed. */
const seedsTwice = 4;

const { values } = parseArgs({
  options: {
    orders: { type: 'string' },
    payments: { type: 'string' },
    seed: { type: 'string', default: '1' },
    classes: { type: 'string' },
    storms: { type: 'boolean', default: false },
    aim: { type: 'string', default: '' },
    twice: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    bug: { type: 'string' },
    'crash-points': { type: 'boolean', default: false },
    pairs: { type: 'boolean', default: false },
    triples: { type: 'string', default: '0' },
    replay: { type: 'string' },
    only: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const classIds = values.classes?.split(',');
const chosen = posClasses.filter((posClass) => classIds?.includes(posClass.classId) ?? true);
/** Hardly a waiter: nearly every order is paid at the provider. */
const payingWorld = { onlineShare: 0.9 } as const;
/** As many tables everywhere as the smallest house has, so that every class of POS gets its share; one storm after the other. */
const stormyWorld = { storms: { each: 100, aim: aimOf(values.aim) }, tables: 12, parties: 3 } as const;
/** Storms that have not reached every cell by then aim badly. */
const stormySeedsMax = 1_500;
const seedsPerLine = 25;
const world = {
  ...(values.payments === undefined ? {} : payingWorld),
  ...(classIds === undefined ? {} : { classIds }),
};

if (values.replay !== undefined) {
  const only = values.only?.split(',').map(Number);
  const failed = await replay({
    seed: Number(values.replay),
    world: values.storms ? { ...world, ...stormyWorld } : world,
    ...(only === undefined ? {} : { only }),
    shrink: values.shrink,
    trace: values.trace,
  });
  process.exit(failed ? 1 : 0);
}
if (values['crash-points']) {
  const held = await runCrashPoints({
    seed: Number(values.seed),
    classIds,
    pairs: values.pairs,
    triples: Number(values.triples),
    threads,
  });
  process.exit(held ? 0 : 1);
}
if (values.planted) {
  const isSensitive = await runPlanted({ firstSeed: Number(values.seed), threads, only: values.bug });
  process.exit(isSensitive ? 0 : 1);
}
process.exit((await run()) ? 0 : 1);

async function run(): Promise<boolean> {
  const startedMs = performance.now();
  const summary = new Summary();
  if (classIds === undefined && values.payments === undefined) await runKept(summary);
  if (values.storms) await runStorms(summary);
  await runPlain(summary);
  print(summary, (performance.now() - startedMs) / 1_000);
  // A run over payments has other faults in view.
  const isCovered = values.payments !== undefined || judge(summary);
  return isCovered && summary.failures.length === 0;
}

/** Until there were so many orders, or payments, in all. */
async function runPlain(summary: Summary): Promise<void> {
  const isEnough =
    values.payments === undefined
      ? () => summary.orders >= Number(values.orders ?? defaultOrders)
      : () => summary.paymentHistories >= Number(values.payments);
  if (isEnough()) return;
  await runMany({
    seeds: seedsFrom(Number(values.seed)),
    threads,
    seedsTwice: values.twice ? Number.MAX_SAFE_INTEGER : seedsTwice,
    worldOf: () => world,
    onReport(report) {
      note(summary, report, world);
      return isEnough() ? 'stop' : undefined;
    },
  });
}

/** Until every cell of the coverage gate was hit often enough. */
async function runStorms(summary: Summary): Promise<void> {
  const cells = listCells(chosen);
  await runMany({
    seeds: seedsFrom(Number(values.seed), stormySeedsMax),
    threads,
    seedsTwice,
    worldOf() {
      const { aim, classIds: aimedAt } = aimAtThinnest(
        summary.coverage,
        posClasses,
        chosen.map((one) => one.classId),
      );
      return { ...stormyWorld, classIds: aimedAt, storms: { ...stormyWorld.storms, aim } };
    },
    onReport(report, ranIn) {
      note(summary, report, ranIn);
      const missing = cells.reduce((sum, cell) => sum + missingAt(summary.coverage, cell), 0);
      if (summary.seeds % seedsPerLine === 0) {
        const percent = 100 * (1 - missing / (hitsMin * cells.length));
        console.log(
          `${summary.seeds} seeds: ${percent.toFixed(1)} % of ${hitsMin} hits in each of ${cells.length} cells`,
        );
      }
      return missing === 0 ? 'stop' : undefined;
    },
  });
}

/** Places in the list of cells, as the line that replays a seed names them. */
function aimOf(text: string): readonly number[] {
  return text === '' ? [] : text.split('.').map(Number);
}

async function runKept(summary: Summary): Promise<void> {
  await runMany({
    seeds: keptSeeds.map(({ seed }) => seed),
    threads,
    worldOf: () => ({}),
    onReport(report, ranIn) {
      note(summary, report, ranIn);
      return undefined;
    },
  });
}

/** The coverage gate: prints the table in short and answers whether the run may pass. */
function judge(summary: Summary): boolean {
  const judged = judgeCoverage(summary.coverage, chosen);
  console.log(
    `${'coverage'.padEnd(22)} ${judged.reachable - judged.thin.length} of ${judged.reachable} cells hit ${hitsMin} times; ` +
      `least ${judged.least.hits}: ${judged.least.cell}; ${judged.unreachable} cells cannot be reached`,
  );
  for (const cell of judged.impossible) console.log(`reached, and should not be: ${cell}`);
  if (values.storms)
    for (const { cell, hits } of judged.thin.slice(0, failuresShown))
      console.log(`hit only ${hits} times: ${cell}`);
  return judged.impossible.length === 0 && !(values.storms && judged.thin.length > 0);
}

function note(summary: Summary, report: SeedReport, ranIn: ReplayOptions['world']): void {
  const before = summary.failures.length;
  summary.add(report);
  for (const { seed, what } of summary.failures.slice(before, failuresShown)) {
    console.log(what);
    console.log(`  npm run simulate -- --replay ${seed}${worldArguments(ranIn)} --shrink`);
  }
}

function print(summary: Summary, seconds: number): void {
  const cpu = process.cpuUsage();
  const line = (label: string, text: string) => console.log(`${label.padEnd(22)} ${text}`);
  const lost = summary.count('lost', 'payment-lost', 'incomplete');
  const duplicated = summary.count('duplicated', 'payment-duplicated', 'unknown-package');
  const silent = summary.count('silent', 'told-no-but-cooked');
  line('orders', `${summary.orders} in ${summary.seeds} seeds from ${values.seed}`);
  line('rounds, payments', `${summary.rounds}, ${summary.payments}; ${summary.cooked} packages in kitchens`);
  line('faults', String(summary.faults));
  line('left to a person', `${summary.held} rounds`);
  line('answered by a person', `${summary.linked} in the POS, ${summary.sentAgain} not there and sent again`);
  line('lost', String(lost));
  line('duplicated', String(duplicated));
  line('silent', String(silent));
  line(
    'money',
    `${summary.paymentHistories} payment histories, ${summary.unexplainedMinor} unexplained cents`,
  );
  line('all violations', `${summary.failures.length} ${JSON.stringify(summary.byRule)}`);
  line(
    'retries',
    `${summary.retriesExact} of ${summary.retriesExact + summary.count('retry-off-schedule')} on schedule; ` +
      `${summary.retriesExcused} more were held up by an outage, a stop or their turn`,
  );
  line('virtual time', `${Math.round(summary.virtualMs / 3_600_000)} h`);
  line(
    'time',
    `${seconds.toFixed(0)} s, ${((cpu.user + cpu.system) / 1_000 / summary.orders).toFixed(2)} ms CPU per order`,
  );
}
