import { calcOrder, calcOrder2 } from './calc-order.ts';
import { applyPersonalCard, getCardInfo } from './cards.ts';
import { createOrder } from './create-order.ts';
import { getDishRests, getModifierStopList, getOrderMenu, getOrderMenu2 } from './get-menu.ts';
import { getOrder, getOrderList, getOrderList2 } from './get-orders.ts';
import { getRefData, getRefList } from './get-references.ts';
import { checkLicense, getSystemInfo, getSystemInfo2, getWaiterList } from './get-system.ts';
import { getSequenceNumber, underLicence } from './licence.ts';
import { closeVisit, lockOrder } from './locks.ts';
import { delWaiterMessages, getWaiterMessages, waiterMessage } from './messages.ts';
import { payOrder } from './pay-order.ts';
import { badParameters, done, errorCodes } from './reply.ts';
import type { Call, Reply } from './reply.ts';
import { saveOrder, validateOrder } from './save-order.ts';
import { printBill, updateOrder } from './update-order.ts';

/** Everything this server can do, by the names that are sent; case counts. */
const commands: ReadonlyMap<string, (call: Call) => Reply> = new Map([
  ['ApplyPersonalCard', applyPersonalCard],
  ['CalcOrder', calcOrder],
  ['CalcOrder2', calcOrder2],
  ['CheckLicense', checkLicense],
  ['CloseVisit', closeVisit],
  ['CreateOrder', createOrder],
  ['DelWaiterMessages', delWaiterMessages],
  ['GetCardInfo', getCardInfo],
  ['GetDishRests', getDishRests],
  ['GetFunctions', getFunctions],
  ['GetModifierStopList', getModifierStopList],
  ['GetOrder', getOrder],
  ['GetOrderList', getOrderList],
  ['GetOrderList2', getOrderList2],
  ['GetOrderMenu', getOrderMenu],
  ['GetOrderMenu2', getOrderMenu2],
  ['GetRefData', getRefData],
  ['GetRefList', getRefList],
  ['GetSystemInfo', getSystemInfo],
  ['GetSystemInfo2', getSystemInfo2],
  ['GetWaiterList', getWaiterList],
  ['GetWaiterMessages', getWaiterMessages],
  ['GetXMLLicenseInstanceSeqNumber', getSequenceNumber],
  ['LockOrder', lockOrder],
  ['PayOrder', (call: Call) => underLicence(call, () => payOrder(call))],
  ['PrintBill', printBill],
  ['SaveOrder', (call: Call) => underLicence(call, () => saveOrder(call))],
  ['UpdateOrder', updateOrder],
  ['ValidateOrder', validateOrder],
  ['WaiterMessage', waiterMessage],
]);

/** Commands that change an order: what the defect `slow-write` slows down. */
export const writeNames: ReadonlySet<string> = new Set([
  'CreateOrder',
  'SaveOrder',
  'PayOrder',
  'UpdateOrder',
]);

export function carryOut(call: Call): Reply {
  const command = commands.get(call.name);
  if (command === undefined) return badParameters(`Unknown command ${call.name}`);
  if (call.restaurant.shift.state === 'closing') {
    return {
      kind: 'failed',
      // It is no parse error, but it comes as one.
      status: 'Query Parse Error',
      text: `UCSERR(${errorCodes.shiftClosing}): The common shift is being closed now`,
    };
  }
  return command(call);
}

/** GetFunctions: what this node can do. */
function getFunctions(): Reply {
  return done([
    {
      name: 'Functions',
      children: [...commands.keys()].map((name) => ({ name: 'Function', attributes: { name } })),
    },
  ]);
}
