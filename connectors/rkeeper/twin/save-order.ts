import { childrenNamed } from '#transport/xml.ts';
import type { XmlElement, XmlOut } from '#transport/xml.ts';

import { openOrder } from './create-order.ts';
import { checkWritable } from './locks.ts';
import { orderHeadXml, sessionXml } from './order-xml.ts';
import { judgeLine, spoil } from './order-lines.ts';
import type { LineDraft, Taken } from './order-lines.ts';
import { savePackage } from './packages.ts';
import type { PackageDraft } from './packages.ts';
import { sumsOf } from './pricing.ts';
import {
  checkSequence,
  employeesOf,
  findInChild,
  findOrder,
  isOn,
  missingChild,
  normalGuid,
  readInteger,
  stationsOf,
} from './read-command.ts';
import { readDiscount, readPrepay, readWantedLine } from './read-session.ts';
import { done, found, refused, unnamedError } from './reply.ts';
import type { Call, Failed, Found, Reply } from './reply.ts';
import type { Order, Package } from './state.ts';

/**
 * SaveOrder: adds packages to an order and prints them. A session with `uni` rewrites a package that was not printed yet; one
 * without is appended, each time it is sent.
 */
export function saveOrder(call: Call): Reply {
  const { world, restaurant, command } = call;
  const sequence = checkSequence(command, ['LicenseInfo', 'Order', 'LockStation', 'Session']);
  if (sequence !== undefined) return sequence;
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const held = checkWritable(order.value, normalGuid(command.attributes['lockguid']), call.nowMs);
  if (held !== undefined) return held;
  const sessions = childrenNamed(command, 'Session');
  if (sessions.length === 0) return missingChild('Session');
  const drafts = readSessions(call, order.value);
  if (drafts.kind === 'failed') return drafts;
  const target = targetOf(call, order.value);
  const saved: Package[] = drafts.value.map((draft) => savePackage(world, restaurant, target, draft));
  return done([
    savedHeadXml(target, call),
    ...saved.map((entry) => sessionXml(target, entry, call, { sessionID: entry.uni })),
  ]);
}

/** ValidateOrder: would SaveOrder take it? Nothing changes. */
export function validateOrder(call: Call): Reply {
  const { command, restaurant } = call;
  const byTable = command.children.some((child) => child.name === 'Table');
  if (byTable) {
    const table = findInChild(command, 'Table', { rows: restaurant.seed.tables, collection: 'Tables' });
    if (table.kind === 'failed') return table;
  }
  const order = byTable ? found(undefined) : findOrder(call);
  if (order.kind === 'failed') return order;
  const drafts = readSessions(call, order.value);
  if (drafts.kind === 'failed') return drafts;
  return done(
    childrenNamed(command, 'Session').map((_, index) => ({
      name: 'Session',
      attributes: { sessionID: index + 1 },
    })),
  );
}

/** All sessions of a command as packages to save; one faulty line and nothing is saved. */
export function readSessions(call: Call, order: Order | undefined): Found<readonly PackageDraft[]> {
  const taken: Taken = { dishes: new Map(), modifiers: new Map() };
  const faults: XmlOut[] = [];
  const texts: string[] = [];
  const fault = (text: string, element: XmlElement) => {
    texts.push(text);
    faults.push(faultXml(text, element));
  };
  const drafts: PackageDraft[] = [];
  for (const session of childrenNamed(call.command, 'Session')) {
    const draft = readSession(call, session, { taken, fault });
    if (draft.kind === 'failed') return draft;
    const replaced = draft.value.replaces;
    if (replaced !== undefined) {
      const before = order?.packages.find((entry) => entry.uni === replaced);
      if (before === undefined) fault(`Package ${replaced} not found`, session);
      else if (before.printed) fault(`Package ${replaced} is printed already`, session);
    }
    drafts.push(draft.value);
  }
  if (faults.length === 0) return found(drafts);
  const failure: Failed = { ...refused(texts.join('; ')), children: faults };
  return failure;
}

type Reading = { readonly taken: Taken; readonly fault: (text: string, element: XmlElement) => void };

function readSession(call: Call, session: XmlElement, reading: Reading): Found<PackageDraft> {
  const { world, restaurant } = call;
  const station = findInChild(session, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const author = findInChild(session, 'Author', employeesOf(call));
  if (author.kind === 'failed') return author;
  const creator = findInChild(session, 'Creator', employeesOf(call));
  if (creator.kind === 'failed') return creator;
  const uni = readInteger(session, 'uni');
  if (uni.kind === 'failed') return uni;
  const lines: LineDraft[] = [];
  const prepays: PackageDraft['prepays'][number][] = [];
  const discounts: PackageDraft['discounts'][number][] = [];
  for (const element of session.children) {
    if (element.name === 'Dish' || element.name === 'Combo') {
      const wanted = readWantedLine(call, element);
      if (wanted.kind === 'failed' && wanted.status === 'Bad Query Parameters') return wanted;
      const judged =
        wanted.kind === 'failed'
          ? { kind: 'faulty' as const, text: wanted.text }
          : judgeLine(restaurant, wanted.value, reading.taken);
      if (judged.kind === 'faulty') reading.fault(judged.text, element);
      else lines.push(spoil(world, judged.draft));
    } else if (element.name === 'Prepay') {
      const prepay = readPrepay(call, element);
      if (prepay.kind === 'failed') return prepay;
      prepays.push(prepay.value);
    } else if (element.name === 'Discount') {
      const discount = readDiscount(call, element);
      if (discount.kind === 'failed') return discount;
      discounts.push(discount.value);
    }
  }
  // Without a licence it is saved where no till sees it, and deferred it waits for one.
  const waits = isOn(call.command, 'deferred') || isOn(call.command, 'dontcheckLicense');
  const guid = world.defects.has('double-create-on-retry')
    ? undefined
    : normalGuid(session.attributes['line_guid']);
  return found({
    station: station.value ?? null,
    author: author.value ?? null,
    creator: creator.value ?? author.value ?? null,
    lines,
    prepays,
    discounts,
    printed: !waits,
    reachesKitchen: !world.defects.has('no-kitchen-ticket'),
    ...(guid === undefined ? {} : { guid }),
    ...(uni.value === undefined ? {} : { replaces: uni.value }),
  });
}

/** The order the packages go to; with a defect, another one at the same table once there is something on the first. */
function targetOf(call: Call, order: Order): Order {
  const { world, restaurant } = call;
  if (!world.defects.has('append-makes-new-order') || order.packages.length === 0) return order;
  return openOrder(world, restaurant, {
    ...order,
    guid: undefined,
    props: new Map(),
    persistentComment: '',
    external: null,
  });
}

function savedHeadXml(order: Order, call: Call): XmlOut {
  const { total } = sumsOf(order);
  // The schema knows no sum of nothing here.
  const sum = total > 0 ? total : undefined;
  return orderHeadXml(order, call, { basicSum: sum, nationalSum: sum });
}

/** Which element is at fault. Of the components that the schema knows, rights are the nearest to "may not be sold". */
function faultXml(text: string, element: XmlElement): XmlOut {
  return {
    name: 'Error',
    attributes: { RK7ErrorN: unnamedError, ErrorText: text, Component: 'Rights' },
    children: [{ name: 'FaultyTag', children: [echo(element)] }],
  };
}

function echo(element: XmlElement): XmlOut {
  return { name: element.name, attributes: element.attributes, children: element.children.map(echo) };
}
