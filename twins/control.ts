import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { z } from 'zod';

import type { TillCommand, TwinWorld } from './definition.ts';
import { TwinCommandError } from './definition.ts';
import type { Fault, FaultInput, FaultKind } from './faults.ts';
import { faultInput, faultKinds, faultsMax } from './faults.ts';
import { readBody } from './read-body.ts';
import type { LoggedRequest } from './request-log.ts';

const bodyBytesMax = 256 * 1024;

/** What the control API shows and moves. */
export type ControlledTwin = {
  readonly world: TwinWorld;
  requests(sinceMs: number): readonly LoggedRequest[];
  readonly faults: {
    list(): readonly Fault[];
    /** Settles when the wire shows it; undefined when there are too many. */
    add(input: FaultInput): Promise<Fault | undefined>;
    remove(kind?: FaultKind): Promise<void>;
  };
  readonly defects: {
    /** Names that this twin can have. */
    known(): readonly string[];
    list(): readonly string[];
    add(name: string): void;
    remove(name?: string): void;
  };
};

type ControlAnswer =
  { readonly status: number; readonly json: unknown } | { readonly status: number; readonly html: string };
type Call = { readonly query: URLSearchParams; readonly body: unknown };
type Act = (call: Call) => ControlAnswer | Promise<ControlAnswer>;
type Methods = Readonly<Record<string, Act>>;

/**
 * The control API of a twin and its page, plain HTTP beside the vendor wire: what tests, `certify` and a person at the
 * till use. Faults never touch it. It asks nobody who they are, so it belongs on the loopback address.
 */
export function makeControlServer(twin: ControlledTwin): Server {
  const routes = makeRoutes(twin);
  return createServer((request, response) => {
    answerCall(request, routes)
      .catch((error: Error) => {
        // A bug of the world: the caller is told, and the terminal shows where.
        process.emitWarning(error);
        return refuse(500, `the twin failed: ${error.message}`);
      })
      .then((answer) => send(answer, response))
      .catch((error: Error) => {
        process.emitWarning(error);
        response.destroy();
      });
  });
}

async function answerCall(
  request: IncomingMessage,
  routes: ReadonlyMap<string, Methods>,
): Promise<ControlAnswer> {
  // The host only completes the URL; what was asked for is the path.
  const url = URL.parse(request.url ?? '', 'http://twin.invalid');
  if (url === null) return refuse(400, 'the path is not a path');
  if (isForeignPage(request)) return refuse(403, 'pages of other origins may not use the control API');
  const methods = routes.get(url.pathname);
  if (methods === undefined) return refuse(404, `unknown: ${url.pathname}`);
  // Node's parser lets only HTTP's own methods through.
  const act = methods[request.method ?? ''];
  if (act === undefined) return refuse(405, `${url.pathname} takes ${Object.keys(methods).join(', ')}`);
  const read = await readBody(request, bodyBytesMax);
  if (read.kind !== 'body') return refuse(413, `a body is at most ${bodyBytesMax} bytes`);
  const body = parseJson(read.text);
  if (body === undefined) return refuse(400, 'the body is not JSON');
  return act({ query: url.searchParams, body: body.value });
}

function makeRoutes(twin: ControlledTwin): ReadonlyMap<string, Methods> {
  const { world } = twin;
  const routes = new Map<string, Methods>([
    ['/', { GET: () => ({ status: 200, html: world.page() }) }],
    ['/_twin/tickets', { GET: ({ query }) => answer(listTickets(world, query)) }],
    ['/_twin/orders', { GET: () => answer(world.orders()) }],
    ['/_twin/report', { GET: () => answer(world.report()) }],
    ['/_twin/requests', { GET: ({ query }) => listRequests(twin, query) }],
    ['/_twin/faults', faultMethods(twin.faults)],
    ['/_twin/defects', defectMethods(twin.defects)],
  ]);
  const own = new Map<string, Methods>();
  for (const [name, view] of Object.entries(world.views ?? {})) {
    own.set(name, { GET: () => answer(view()) });
  }
  for (const [name, command] of Object.entries(world.commands)) {
    own.set(name, { ...own.get(name), POST: ({ body }) => runCommand(command, body) });
  }
  for (const [name, methods] of own) {
    const path = `/_twin/${name}`;
    if (routes.has(path)) throw new Error(`the world's ${name} hides a part of the control API`);
    routes.set(path, methods);
  }
  return routes;
}

function faultMethods(faults: ControlledTwin['faults']): Methods {
  return {
    GET: () => answer(faults.list()),
    POST: async ({ body }) => {
      const input = faultInput.safeParse(body);
      if (!input.success) return refuse(400, z.prettifyError(input.error));
      const fault = await faults.add(input.data);
      return fault === undefined ? refuse(409, `there are ${faultsMax} faults already`) : answer(fault);
    },
    DELETE: async ({ query }) => {
      const kind = z
        .enum(faultKinds)
        .optional()
        .safeParse(query.get('kind') ?? undefined);
      if (!kind.success) return refuse(400, z.prettifyError(kind.error));
      await faults.remove(kind.data);
      return answer(faults.list());
    },
  };
}

const defectInput = z.strictObject({ name: z.string() });

function defectMethods(defects: ControlledTwin['defects']): Methods {
  const list = () => answer(defects.list().map((name) => ({ name })));
  const refuseUnknown = (name: string) =>
    refuse(400, `unknown defect ${name}; this twin has ${defects.known().join(', ')}`);
  return {
    GET: list,
    POST: ({ body }) => {
      const input = defectInput.safeParse(body);
      if (!input.success) return refuse(400, z.prettifyError(input.error));
      if (!defects.known().includes(input.data.name)) return refuseUnknown(input.data.name);
      defects.add(input.data.name);
      return list();
    },
    DELETE: ({ query }) => {
      const name = query.get('name') ?? undefined;
      if (name !== undefined && !defects.known().includes(name)) return refuseUnknown(name);
      defects.remove(name);
      return list();
    },
  };
}

function listTickets(world: TwinWorld, query: URLSearchParams): unknown {
  const restaurant = query.get('restaurant');
  const tickets = world.tickets();
  return restaurant === null ? tickets : tickets.filter((ticket) => ticket.restaurant === restaurant);
}

function listRequests(twin: ControlledTwin, query: URLSearchParams): ControlAnswer {
  const since = query.get('since') ?? '0';
  if (!/^\d+$/.test(since)) return refuse(400, 'since is epoch milliseconds');
  return answer(twin.requests(Number(since)));
}

function runCommand(command: TillCommand, body: unknown): ControlAnswer {
  try {
    return answer(command(body) ?? {});
  } catch (error) {
    if (error instanceof TwinCommandError) return refuse(error.status, error.message);
    throw error;
  }
}

/** A browser names the page a request comes from; programs name none. Any page could press the till's buttons otherwise. */
function isForeignPage(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && URL.parse(origin)?.host !== host;
}

/** No body at all reads as an empty object: many commands need nothing. */
function parseJson(text: string): { readonly value: unknown } | undefined {
  if (text === '') return { value: {} };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function answer(json: unknown): ControlAnswer {
  return { status: 200, json };
}

function refuse(status: number, error: string): ControlAnswer {
  return { status, json: { error } };
}

function send(answered: ControlAnswer, response: ServerResponse): void {
  const [type, text] =
    'html' in answered
      ? ['text/html; charset=utf-8', answered.html]
      : ['application/json', JSON.stringify(answered.json ?? null)];
  response
    .writeHead(answered.status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(text);
}
