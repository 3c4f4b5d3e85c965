import type { Menu, MenuItem, Modifier, ModifierGroup } from '#domain/menu.ts';
import type { Chosen, LineModifier, RequestedLine } from '#domain/order.ts';
import { lineQuantityMax, priceLine } from '#domain/price-line.ts';
import type { CartLine } from './cart.ts';
import { escapeHtml, formatMoney } from './page.ts';
import { textOf } from './texts.ts';

/** Shows one dish as a question: which size, what with it, how many. Calls back with the chosen line. */
export function openItemSheet(
  sheet: HTMLDialogElement,
  menu: Menu,
  item: MenuItem,
  add: (line: CartLine) => void,
): void {
  let quantity = 1;
  sheet.innerHTML = `<form class="sheet" method="dialog">
<div class="sheet-head"><div><h2 id="sheet-title">${escapeHtml(item.name)}</h2>${item.description === undefined ? '' : `<p class="muted">${escapeHtml(item.description)}</p>`}</div>
<button class="pill" value="close" type="button" data-close>Close</button></div>
${renderVariants(item)}${item.modifierGroups.map((group) => renderGroup(group, '')).join('')}
<fieldset><legend>A note for the kitchen</legend><textarea name="note" maxlength="150" aria-label="A note for the kitchen" placeholder="Optional"></textarea></fieldset>
<p class="problem" role="alert"></p>
<div class="sheet-foot"><div class="stepper"><button type="button" data-step="-1" aria-label="One less">−</button><output>1</output><button type="button" data-step="1" aria-label="One more">+</button></div>
<button class="action" type="submit">Add</button></div></form>`;
  const form = sheet.querySelector('form');
  if (form === null) return;
  const update = () => {
    const priced = priceLine(menu, requestedFrom(form, item, quantity));
    const action = form.querySelector<HTMLButtonElement>('button.action');
    const problem = form.querySelector('.problem');
    if (action === null || problem === null) return;
    action.disabled = priced.kind === 'refused';
    action.textContent = priced.kind === 'priced' ? `Add · ${formatMoney(priced.line.price)}` : 'Add';
    problem.textContent = priced.kind === 'refused' ? textOf(priced.errors[0]?.code ?? 'try-again') : '';
  };
  form.addEventListener('change', update);
  form.addEventListener('click', (event) => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (target?.closest('[data-close]')) sheet.close();
    const step = Number(target?.dataset['step'] ?? 0);
    if (step === 0) return;
    quantity = Math.min(Math.max(quantity + step, 1), lineQuantityMax);
    const output = form.querySelector('output');
    if (output !== null) output.textContent = String(quantity);
    update();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const requested = requestedFrom(form, item, quantity);
    const priced = priceLine(menu, requested);
    if (priced.kind === 'refused') return;
    const { line } = priced;
    add({
      ...requested,
      name: item.name,
      summary: summaryOf(line.variant?.name, line.modifiers),
      priceMinor: line.price.amountMinor,
    });
    sheet.close();
  });
  update();
  sheet.showModal();
}

function renderVariants(item: MenuItem): string {
  if (item.variants.length === 0) return '';
  const first = item.variants.findIndex((variant) => variant.availability.state !== 'sold-out');
  const choices = item.variants.map(
    (variant, index) =>
      `<label class="choice"><input type="radio" name="variant" value="${escapeHtml(variant.variantId)}"${index === first ? ' checked' : ''}${variant.availability.state === 'sold-out' ? ' disabled' : ''}><span>${escapeHtml(variant.name)}</span><span class="money">${formatMoney(variant.price)}</span></label>`,
  );
  return `<fieldset><legend>Size</legend>${choices.join('')}</fieldset>`;
}

function renderGroup(group: ModifierGroup, parent: string): string {
  const single = group.minSelections === 1 && group.maxSelections === 1;
  const hint = single
    ? 'Choose one'
    : group.minSelections > 0
      ? `Choose at least ${group.minSelections}`
      : group.maxSelections === null
        ? 'As you like'
        : `Up to ${group.maxSelections}`;
  const free = group.freeSelections === 0 ? '' : `, ${group.freeSelections} included`;
  const choices = group.modifiers.map((modifier) => renderModifier(group, modifier, single, parent));
  return `<fieldset${parent === '' ? '' : ' class="nested"'}><legend>${escapeHtml(group.name)} <span class="muted small">${hint}${free}</span></legend>${choices.join('')}</fieldset>`;
}

function renderModifier(group: ModifierGroup, modifier: Modifier, single: boolean, parent: string): string {
  const soldOut = modifier.availability.state === 'sold-out';
  const fixed = modifier.default && !modifier.removable && !single;
  const price =
    modifier.price.amountMinor === 0 || modifier.default
      ? ''
      : `${modifier.variantPrices === undefined ? '' : 'from '}+ ${formatMoney(modifier.price)}`;
  const nested = (modifier.modifierGroups ?? [])
    .map((inner) => renderGroup(inner, modifier.modifierId))
    .join('');
  return `<label class="choice${parent === '' ? '' : ' nested'}"><input type="${single ? 'radio' : 'checkbox'}" name="${escapeHtml(parent)}/${escapeHtml(group.modifierGroupId)}" value="${escapeHtml(modifier.modifierId)}" data-parent="${escapeHtml(parent)}"${modifier.default ? ' checked data-default' : ''}${soldOut || fixed ? ' disabled' : ''}><span>${escapeHtml(modifier.name)}${soldOut ? ' <span class="muted small">sold out</span>' : ''}</span><span class="money muted">${price}</span></label>${nested}`;
}

/** What the form says, as the server wants it: untouched defaults are not named, a removed one has quantity 0. */
function requestedFrom(form: HTMLFormElement, item: MenuItem, quantity: number): RequestedLine {
  const data = new FormData(form);
  const variantId = data.get('variant');
  const written = data.get('note');
  const note = typeof written === 'string' ? written.trim() : '';
  return {
    itemId: item.itemId,
    ...(typeof variantId === 'string' ? { variantId } : {}),
    modifiers: chosenUnder(form, ''),
    quantity,
    ...(note === '' ? {} : { note }),
  };
}

function chosenUnder(form: HTMLFormElement, parent: string): readonly Chosen[] {
  const inputs = [...form.querySelectorAll<HTMLInputElement>('input[data-parent]')];
  return inputs
    .filter((input) => input.dataset['parent'] === parent)
    .flatMap((input): readonly Chosen[] => {
      const isDefault = 'default' in input.dataset;
      const nested = parent === '' && input.checked ? chosenUnder(form, input.value) : [];
      if (!input.checked) return isDefault ? [{ modifierId: input.value, quantity: 0 }] : [];
      if (isDefault && nested.length === 0) return [];
      return [
        { modifierId: input.value, quantity: 1, ...(nested.length === 0 ? {} : { modifiers: nested }) },
      ];
    });
}

function summaryOf(variant: string | undefined, modifiers: readonly LineModifier[]): string {
  const names = modifiers.flatMap((modifier) =>
    modifier.removed === true
      ? [`without ${modifier.name}`]
      : modifier.default === true
        ? []
        : [modifier.name],
  );
  return [...(variant === undefined ? [] : [variant]), ...names].join(', ');
}
