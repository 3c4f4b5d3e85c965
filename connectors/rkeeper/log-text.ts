import type { Tag } from './client.ts';

/**
 * Attributes whose values may stand in the request log. Everything else is written as `…`: a new attribute of the vendor's is
 * hidden until somebody decides about it.
 */
const shownAttributes = new Set(
  [
    'ServerVersion XmlVersion NetName CMD Status RK7ErrorN Component DateTime WorkTime Processed ArrivalDateTime',
    'RefName PropMask OnlyActive WithMacroProp WithChildItems IgnoreEnums DataVersion ClassName Count Ident ItemIdent',
    'Code GUIDString Name AltName Comment MainParentIdent Hall ModiScheme ModiGroup UpLimit DownLimit UseUpLimit',
    'UseDownLimit DefaultModifier ReplaceDefModifier FreeCount SortNum MaxOneDish UseLimitedQnt TaxDishType Price ID',
    'checkrests onlyOpened lastversion lockTime lockguid locked guid id code ident visit orderIdent VisitID OrderID',
    'orderName version crc32 paid finished deleted bill reserve orderSum discountSum prepaySum promisedSum unpaidSum',
    'totalPieces openTime billTime receiptError uni line_guid state price amount quantity srcQuantity count sessionID',
    'printed seat kdsstate cookMins basicSum nationalSum prohibited persistentComment CheckNum extTransactionInfo',
    'seqNumber RestCode ProcessID uptime ShiftDate ShiftNum ShiftStartTime external_id expireTime createTime',
    'messageType charge_source guestLabel',
  ].flatMap((row) => row.split(' ')),
);

/** A `name` or `Name` on these is a product, a place or a document; on any other element it may be a person's. */
const namedThings = new Set(
  [
    'Item Dish Modi Combo Component Discount Table Station LockedByStation OrderType OrderCategory PriceScale TradeGroup',
    'Prop Pay Prepay Currency RK7Reference DishRest Modifier Restaurant CashGroup GuestType Reason',
  ].flatMap((row) => row.split(' ')),
);

/** The only property whose value we wrote ourselves. */
export const referenceProp = 'tableside';

/** Error texts that name the staff member who holds an order, or the owner of a card. */
const personalErrors = new Set(['2219', '13', '2142', '3813']);

/** An element as log text, built from the lists above: no credentials, no card numbers, no people, no guests' words. */
export function logText(element: Tag): string {
  let open = `<${element.name}`;
  const { attributes } = element;
  for (const name in attributes)
    open += ` ${name}="${isShown(element, name) ? escapeText(attributes[name] ?? '') : '…'}"`;
  let children = '';
  for (const child of element.children ?? []) children += logText(child);
  return children === '' ? `${open}/>` : `${open}>${children}</${element.name}>`;
}

function isShown(element: Tag, name: string): boolean {
  if (name === 'name' || name === 'Name') return namedThings.has(element.name);
  if (name === 'value') return element.name === 'Prop' && element.attributes?.['name'] === referenceProp;
  if (name === 'ErrorText') return !personalErrors.has(element.attributes?.['RK7ErrorN'] ?? '');
  return shownAttributes.has(name) || name.startsWith('PRICETYPES-');
}

function escapeText(text: string): string {
  return text.replace(/[&<"]/g, (character) => ({ '&': '&amp;', '<': '&lt;' })[character] ?? '&quot;');
}
