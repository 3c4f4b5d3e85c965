import { parseArgs } from 'node:util';
import { runCrashPoints } from './crash-points.ts';
import { runMany } from './run-many.ts';
import { replay } from './replay.ts';
import { runPlanted } from './run-planted.ts';
import { Summary } from './summary.ts';
import type { SeedReport } from './worker.ts';

const defaultOrders = 2_000;
/** Two cores is the smallest machine this is promised for. */
const threads = 2;
const failuresShown = 20;

const { values } = parseArgs({
  options: {
    orders: { type: 'string' },
    payments: { type: 'string' },
    seed: { type: 'string', default: '1' },
    classes: { type: 'string' },
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
/** Hardly a waiter: nearly every order is paid at the provider. */
const payingWorld = { onlineShare: 0.9 } as const;
const world = {
  ...(values.payments === undefined ? {} : payingWorld),
  ...(classIds === undefined ? {} : { classIds }),
};

if (values.replay !== undefined) {
  const only = values.only?.split(',').map(Number);
  const failed = await replay({
    seed: Number(values.replay),
    world,
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
  const ordersWanted =
    values.payments === undefined ? Number(values.orders ?? defaultOrders) : Number.POSITIVE_INFINITY;
  const historiesWanted = values.payments === undefined ? Number.POSITIVE_INFINITY : Number(values.payments);
  const startedMs = performance.now();
  const summary = new Summary();
  await runMany({
    firstSeed: Number(values.seed),
    ordersWanted,
    seedsMax: Number.MAX_SAFE_INTEGER,
    threads,
    world,
    twice: values.twice,
    onReport(report) {
      note(summary, report);
      return summary.paymentHistories >= historiesWanted ? 'stop' : undefined;
    },
  });
  print(summary, (performance.now() - startedMs) / 1_000);
  return summary.failures.length === 0;
}

function note(summary: Summary, report: SeedReport): void {
  const before = summary.failures.length;
  summary.add(report);
  for (const { seed, what } of summary.failures.slice(before, failuresShown)) {
    console.log(what);
    const classes = classIds === undefined ? '' : ` --classes ${classIds.join(',')}`;
    const paying = values.payments === undefined ? '' : ` --payments 1`;
    console.log(`  npm run simulate -- --replay ${seed}${paying}${classes} --shrink`);
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
