import { maskCardNumbers } from '#domain/text.ts';
import { pino } from 'pino';
import type { Logger } from 'pino';

/** One JSON line per event on standard error, so that a command's own output stays clean. Built from fields we name, never from whole requests. */
export function makeLog(level: string): Logger {
  const destination = pino.destination({ dest: 2, sync: false });
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    // An error's own text may repeat what a guest typed.
    { write: (line: string) => void destination.write(maskCardNumbers(line)) },
  );
}
