import type { FastifyReply, FastifyRequest } from 'fastify';
import { makeReference, parseReference } from '#domain/reference.ts';
import type { RandomBytes } from '#domain/reference.ts';

const visitSecondsMax = 24 * 60 * 60;

/** The guest's visit by header `Visit` (programs) or cookie `visit` (browsers); undefined when there is none we could have made. */
export function visitOf(request: FastifyRequest): string | undefined {
  const header = request.headers['visit'];
  return parseReference(typeof header === 'string' ? header : (request.cookies['visit'] ?? ''));
}

/** The guest's visit, begun now when there was none: the answer then carries it both ways. */
export function beginVisit(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: { randomBytes: RandomBytes; secureCookies: boolean },
): string {
  const visit = visitOf(request) ?? makeReference(deps.randomBytes);
  void reply.header('visit', visit);
  void reply.setCookie('visit', visit, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: deps.secureCookies,
    maxAge: visitSecondsMax,
  });
  return visit;
}
