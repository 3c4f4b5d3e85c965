import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { GuestPort, GuestTable } from './ports.ts';
import { sendProblem } from './problem.ts';

/** Optional here, so that its absence gets a problem of its own instead of a schema's complaint. */
export const idempotencyHeaders = z.object({ 'idempotency-key': z.string().optional() }).loose();

type Keyed = { readonly table: GuestTable; readonly key: string };

/** What `onRequest` found out, for the handler of the same request. */
const keyedOfRequest = new WeakMap<FastifyRequest, Keyed>();

/** The token and the key are judged before the body is read: a wrong table is 404 whatever was sent to it. */
export function judgeKeyedRequest(guest: Pick<GuestPort, 'findTable'>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { token } = request.params as { token: string };
    const table = await guest.findTable(token);
    if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
    const parsed = parseIdempotencyKey(request.headers['idempotency-key']);
    if (parsed.kind === 'bad') return sendProblem(reply, { code: parsed.code });
    keyedOfRequest.set(request, { table, key: parsed.key });
    return undefined;
  };
}

/** The table and the key of a request that `judgeKeyedRequest` let through. */
export function keyedOf(request: FastifyRequest): Keyed {
  const keyed = keyedOfRequest.get(request);
  if (keyed === undefined) throw new Error('a keyed route ran without its checks');
  return keyed;
}
