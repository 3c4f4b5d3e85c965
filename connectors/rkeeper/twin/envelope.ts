import { formatXml, parseXml } from '#transport/xml.ts';
import type { XmlElement, XmlLimits, XmlOut } from '#transport/xml.ts';

import type { Failed, Reply } from './reply.ts';
import type { Restaurant } from './state.ts';
import { localText } from './wire-time.ts';

/** Bounds of a request. A whole evening's order is far below them. */
const requestLimits: XmlLimits = {
  charactersMax: 4 * 1024 * 1024,
  depthMax: 32,
  nodesMax: 20_000,
  attributesMax: 64,
};

/** One `RK7CMD`, or any number of `RK7Command` or of `RK7Command2`; never mixed. */
export type Query = { readonly form: 'single' | 'many'; readonly commands: readonly XmlElement[] };

const commandsMax = 500;

export function readQuery(
  body: string,
  contentType: string,
): { readonly kind: 'query'; readonly query: Query } | Failed {
  // A form has no XML body for the server, whatever was sent.
  const isForm = contentType.toLowerCase().startsWith('application/x-www-form-urlencoded');
  if (isForm || body.trim() === '') return parseError('Empty input XML');
  const parsed = parseXml(body.replace(/^\ufeff/, ''), requestLimits);
  if (parsed.kind === 'bad') return parseError(parsed.detail);
  if (parsed.root.name !== 'RK7Query') return parseError(`Unexpected root element "${parsed.root.name}"`);
  const commands = parsed.root.children.filter((child) => commandNames.includes(child.name));
  const names = new Set(commands.map((command) => command.name));
  const [name] = names;
  if (name === undefined) return parseError('child element "RK7CMD" not found');
  if (names.size > 1) return parseError('RK7CMD, RK7Command and RK7Command2 cannot be mixed');
  if (name === 'RK7CMD' && commands.length > 1) return parseError('More than one RK7CMD');
  if (commands.length > commandsMax) return parseError(`More than ${commandsMax} commands`);
  return { kind: 'query', query: { form: name === 'RK7CMD' ? 'single' : 'many', commands } };
}

const commandNames: readonly string[] = ['RK7CMD', 'RK7Command', 'RK7Command2'];

function parseError(text: string): Failed {
  return { kind: 'failed', status: 'Query Parse Error', text };
}

export type Answered = { readonly name: string; readonly reply: Reply };

/** What stands on the root: the server, and when it was asked. */
export type Moment = {
  readonly restaurant: Restaurant;
  readonly arrivedAtMs: number;
  readonly nowMs: number;
};

/** The answer to a query that could not be read. */
export function formatFailure(failure: Failed, moment: Moment): string {
  return formatSingle({ name: '', reply: failure }, moment);
}

export function formatAnswers(query: Query, answers: readonly Answered[], moment: Moment): string {
  const [first] = answers;
  if (query.form === 'single' && first !== undefined) return formatSingle(first, moment);
  return formatXml({
    name: 'RK7QueryResult',
    attributes: {
      ...serverAttributes(moment),
      Status: 'Ok',
      Processed: answers.filter(({ reply }) => reply.kind === 'done').length,
      ArrivalDateTime: localText(moment.restaurant, moment.arrivedAtMs),
    },
    children: answers.map(({ name, reply }) => ({
      name: 'CommandResult',
      attributes: {
        CMD: name,
        ...resultAttributes(reply, moment),
        ...errorNumber(reply),
        ...ownAttributes(reply),
      },
      children: childrenOf(reply),
    })),
  });
}

function formatSingle({ name, reply }: Answered, moment: Moment): string {
  const { Status, ...rest } = resultAttributes(reply, moment);
  return formatXml({
    name: 'RK7QueryResult',
    attributes: {
      ...serverAttributes(moment),
      Status,
      CMD: name === '' ? undefined : name,
      ...rest,
      ...errorNumber(reply),
      Processed: reply.kind === 'failed' ? 0 : 1,
      ArrivalDateTime: localText(moment.restaurant, moment.arrivedAtMs),
      ...ownAttributes(reply),
    },
    children: childrenOf(reply),
  });
}

function serverAttributes(moment: Moment) {
  return {
    ServerVersion: '7.26.8.0',
    XmlVersion: '248',
    NetName: moment.restaurant.seed.server.netName,
  };
}

function resultAttributes(reply: Reply, moment: Moment) {
  return {
    Status: reply.status,
    ErrorText: reply.kind === 'failed' ? reply.text : '',
    DateTime: localText(moment.restaurant, moment.nowMs),
    WorkTime: Math.max(moment.nowMs - moment.arrivedAtMs, 0),
  };
}

function errorNumber(reply: Reply): { RK7ErrorN?: number } {
  return reply.kind === 'failed' && reply.code !== undefined ? { RK7ErrorN: reply.code } : {};
}

function ownAttributes(reply: Reply): Readonly<Record<string, string | number | undefined>> {
  return reply.kind === 'done' ? reply.attributes : {};
}

function childrenOf(reply: Reply): readonly XmlOut[] {
  return reply.children ?? [];
}
