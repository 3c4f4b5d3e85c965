import { addCoverage } from './coverage.ts';
import type { Coverage } from './coverage.ts';
import type { SeedReport } from './worker.ts';

/** Figures of many seeds together. */
export class Summary {
  seeds = 0;
  orders = 0;
  rounds = 0;
  payments = 0;
  paymentHistories = 0;
  unexplainedMinor = 0;
  cooked = 0;
  held = 0;
  linked = 0;
  sentAgain = 0;
  faults = 0;
  retriesExact = 0;
  retriesExcused = 0;
  virtualMs = 0;
  readonly coverage: Coverage = {};
  readonly failures: { readonly seed: number; readonly what: string }[] = [];
  readonly byRule: Record<string, number> = {};

  add(report: SeedReport): void {
    this.seeds += 1;
    this.orders += report.orders;
    this.rounds += report.rounds;
    this.payments += report.payments;
    this.paymentHistories += report.paymentHistories;
    this.unexplainedMinor += report.unexplainedMinor;
    this.cooked += report.cooked;
    this.held += report.held;
    this.linked += report.answered.linked;
    this.sentAgain += report.answered.sentAgain;
    this.faults += report.faultCount;
    this.retriesExact += report.schedule.exact;
    this.retriesExcused += report.schedule.excused;
    this.virtualMs += report.virtualMs;
    addCoverage(this.coverage, report.coverage);
    for (const failure of failuresOf(report)) {
      this.byRule[failure.rule] = (this.byRule[failure.rule] ?? 0) + 1;
      this.failures.push({ seed: report.seed, what: `${failure.rule}: ${failure.detail}` });
    }
  }

  count(...rules: readonly string[]): number {
    return rules.reduce((sum, rule) => sum + (this.byRule[rule] ?? 0), 0);
  }
}

/** Everything that makes a seed fail: broken promises, retries off their schedule, failures no fault explains, a trace that differs. */
export function failuresOf(
  report: SeedReport,
): readonly { readonly rule: string; readonly detail: string }[] {
  return [
    ...report.violations.map(({ rule, locationId, detail }) => ({
      rule,
      detail: `${locationId}: ${detail}`,
    })),
    ...report.schedule.wrong.map((detail) => ({ rule: 'retry-off-schedule', detail })),
    ...report.bugs.map((detail) => ({ rule: 'unexpected-failure', detail })),
    ...(report.sameTwice ? [] : [{ rule: 'not-deterministic', detail: 'the same seed ran differently' }]),
  ];
}
