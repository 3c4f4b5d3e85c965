import type { Reference } from '#domain/reference.ts';
import type { Call } from './client.ts';
import { referenceProp } from './log-text.ts';
import { ask, bracedGuid, orderTag } from './site.ts';
import type { Asked, Site } from './site.ts';
import { readOrderIn, readOrderList } from './wire-order.ts';
import type { WireOrder } from './wire-order.ts';

export function readOrder(site: Site, posRef: string, call: Call): Promise<Asked<WireOrder>> {
  return ask(site, { command: 'GetOrder', children: [orderTag(posRef)] }, { ...call, posRef }, readOrderIn);
}

/** The order or null when the POS says that it has none. */
export async function readOrderIfAny(
  site: Site,
  posRef: string,
  call: Call,
): Promise<Asked<WireOrder | null>> {
  return noneIfUnknown(await readOrder(site, posRef, call));
}

/** Our own order: by its GUID, or else by our reference among its ExternalProps, which outlives a change of GUIDs. */
export async function findOurOrder(
  site: Site,
  reference: Reference,
  call: Call,
): Promise<Asked<WireOrder | null>> {
  const byGuid = await readOrderIfAny(site, bracedGuid(reference), call);
  if (byGuid.kind === 'failed' || byGuid.value !== null) return byGuid;
  const found = await ask(
    site,
    { command: 'GetOrder', children: [{ name: 'Order', children: [referenceProps(reference)] }] },
    call,
    readOrderIn,
  );
  const order = noneIfUnknown(found);
  // A server that ignores the property would hand us somebody else's order.
  const isOther =
    order.kind === 'read' && order.value !== null && order.value.props[referenceProp] !== reference;
  return isOther ? { kind: 'read', value: null } : order;
}

export function referenceProps(reference: Reference): {
  name: 'ExternalProps';
  children: { name: 'Prop'; attributes: { name: string; value: string } }[];
} {
  return {
    name: 'ExternalProps',
    children: [{ name: 'Prop', attributes: { name: referenceProp, value: reference } }],
  };
}

/** Orders that are open, at one table or anywhere. */
export function listOpenOrders(
  site: Site,
  tableRef: string | null,
  call: Call,
): Promise<Asked<readonly WireOrder[]>> {
  return ask(
    site,
    {
      command: 'GetOrderList2',
      attributes: { onlyOpened: '1' },
      children: tableRef === null ? [] : [{ name: 'Table', attributes: { id: tableRef } }],
    },
    call,
    readOrderList,
  );
}

function noneIfUnknown(asked: Asked<WireOrder>): Asked<WireOrder | null> {
  return asked.kind === 'failed' && asked.failure.error.code === 'order-unknown'
    ? { kind: 'read', value: null }
    : asked;
}
