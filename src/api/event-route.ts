import type { FastifyInstance } from 'fastify';
import type { Clock } from '#domain/time.ts';
import type { Change, Changes } from './changes.ts';
import type { GuestPort } from './ports.ts';
import { sendProblem } from './problem.ts';

/** Keeps proxies from closing a quiet stream. */
const heartbeatMs = 20_000;
/** A stream that the reader does not drain is closed rather than buffered. */
const bufferedBytesMax = 64 * 1024;

/**
 * Server-sent events for a guest's page: `changed` with `{orderId?}` says "ask again", nothing more, so that a stream never
 * carries what another guest must not see. A stream opens with one `changed`, so a reconnecting page is never behind.
 */
export function registerEventRoute(
  app: FastifyInstance,
  { guest, changes, clock }: { guest: GuestPort; changes: Changes; clock: Clock },
): void {
  app.get<{ Params: { token: string } }>(
    '/api/guest/:token/events',
    { schema: { tags: ['guest'], summary: 'Server-sent events: something changed, ask again' } },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const unsubscribe = changes.subscribe(table.companyId, table.locationId, send);
      if (unsubscribe === undefined) return reply.code(503).send();
      reply.hijack();
      const stream = reply.raw;
      stream.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      let beat = clock.after(heartbeatMs, onBeat);
      stream.on('close', () => {
        beat.cancel();
        unsubscribe();
      });
      send({ companyId: table.companyId, locationId: table.locationId });
      return undefined;

      function send(change: Change): void {
        if (stream.writableLength > bufferedBytesMax) stream.destroy();
        else stream.write(`event: changed\ndata: ${JSON.stringify({ orderId: change.orderId })}\n\n`);
      }
      function onBeat(): void {
        stream.write(': beat\n\n');
        beat = clock.after(heartbeatMs, onBeat);
      }
    },
  );
}
