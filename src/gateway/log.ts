import { pino } from 'pino';
import type { Logger } from 'pino';

/** One JSON line per event on standard error, so that a command's own output stays clean. Built from fields we name, never from whole requests. */
export function makeLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  );
}
