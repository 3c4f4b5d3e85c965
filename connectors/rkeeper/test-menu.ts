import { ok } from './test-pos.ts';
import type { Reaction, Script } from './test-pos.ts';

/** A small restaurant's references, as GetRefData answers them. */
export const references: Record<string, { version: number; items: string }> = {
  CategList: {
    version: 1,
    items:
      '<Item Ident="100" Code="1" Name="Kitchen" MainParentIdent="0" Status="rsActive"/>' +
      '<Item Ident="101" Code="2" Name="Staff" MainParentIdent="0" Status="rsActive"/>' +
      '<Item Ident="102" Code="3" Name="Staff drinks" MainParentIdent="101" Status="rsActive"/>',
  },
  MenuItems: {
    version: 4,
    items:
      '<Item Ident="1" Code="11" Name="Soup" AltName="Tomato soup" MainParentIdent="100" Status="rsActive" ModiScheme="0" TaxDishType="2"/>' +
      '<Item Ident="2" Code="12" Name="Coffee" MainParentIdent="100" Status="rsActive" ModiScheme="50"/>' +
      '<Item Ident="3" Code="13" Name="Beer 0.3" MainParentIdent="100" Status="rsActive" ModiScheme="0"/>' +
      '<Item Ident="4" Code="14" Name="Beer 0.5" MainParentIdent="100" Status="rsActive" ModiScheme="0"/>' +
      '<Item Ident="5" Code="15" Name="Old dish" MainParentIdent="100" Status="rsInactive"/>' +
      '<Item Ident="6" Code="9001" Name="Tip" MainParentIdent="100" Status="rsActive"/>' +
      '<Item Ident="7" Code="17" Name="Staff water" MainParentIdent="102" Status="rsActive"/>' +
      '<Item Ident="8" Code="18" Name="Not on sale" MainParentIdent="100" Status="rsActive"/>' +
      '<Item Ident="9" Code="19" Name="Combo" MainParentIdent="100" Status="rsActive" ModiScheme="51"/>',
  },
  ModiSchemes: {
    version: 2,
    items:
      '<Item Ident="50" Name="Coffee" Status="rsActive" ModiSchemeType="mstNormal"/>' +
      '<Item Ident="51" Name="Combo" Status="rsActive" ModiSchemeType="mstCombo"/>',
  },
  ModiSchemeDetails: {
    version: 2,
    items:
      '<Item Ident="60" ModiScheme="50" ModiGroup="70" UpLimit="1" DownLimit="1" UseUpLimit="1" UseDownLimit="1" FreeCount="0" SortNum="1"/>' +
      '<Item Ident="61" ModiScheme="50" ModiGroup="71" UpLimit="0" DownLimit="1" UseUpLimit="1" UseDownLimit="0" FreeCount="1" DefaultModifier="80" ReplaceDefModifier="1" SortNum="2"/>',
  },
  ModiGroups: {
    version: 2,
    items:
      '<Item Ident="70" Code="7" Name="Size" MainParentIdent="0" Status="rsActive"/>' +
      '<Item Ident="71" Code="8" Name="Milk" MainParentIdent="0" Status="rsActive"/>' +
      '<Item Ident="72" Code="9" Name="Plant" MainParentIdent="71" Status="rsActive"/>',
  },
  Modifiers: {
    version: 2,
    items:
      '<Item Ident="77" Code="1" Name="Small" MainParentIdent="70" Status="rsActive"/>' +
      '<Item Ident="78" Code="2" Name="Large" MainParentIdent="70" Status="rsActive"/>' +
      '<Item Ident="80" Code="3" Name="Cow" MainParentIdent="71" Status="rsActive" MaxOneDish="2"/>' +
      '<Item Ident="81" Code="4" Name="Oat" MainParentIdent="72" Status="rsActive"/>',
  },
  Tables: {
    version: 1,
    items:
      '<Item Ident="1000046" Code="12" Name="T12" Status="rsActive" Hall="500"/>' +
      '<Item Ident="1000047" Code="13" Name="T13" Status="rsActive" Hall="500"/>',
  },
  HallPlans: { version: 1, items: '<Item Ident="500" Code="1" Name="Terrace" Status="rsActive"/>' },
};

export const dishes =
  '<Item Ident="1" Price="800"/><Item Ident="2" Price="300"/><Item Ident="3" Price="350" quantity="2500"/><Item Ident="4" Price="550"/>' +
  '<Item Ident="6" Price="0"/><Item Ident="7" Price="100"/><Item Ident="9" Price="900"/>';
const modifiers =
  '<Item Ident="77" ID="77" Price="0"/><Item Ident="78" ID="78" Price="100"/><Item Ident="80" ID="80" Price="0"/><Item Ident="81" ID="81" Price="50"/>';
export const orderMenu = (dishItems = dishes, modifierItems = modifiers): Reaction =>
  ok(
    `<PriceScale id="3"/><TradeGroup id="1"/><Dishes>${dishItems}</Dishes><Modifiers>${modifierItems}</Modifiers><OrderTypes/>`,
  );

export const menuSettings = {
  tipItemCode: '9001',
  guestHiddenCategories: [101],
  variants: {
    groups: [70],
    joins: [
      {
        name: 'Draught Beer',
        dishes: [
          { code: 13, name: '0.3' },
          { code: 14, name: '0.5' },
        ],
      },
    ],
  },
};

export function restaurant(overrides: Script = {}): Script {
  return {
    GetRefList: () =>
      ok(
        `<RK7RefList Count="8">${Object.entries(references)
          .map(
            ([name, { version }]) =>
              `<RK7Reference RefName="${name.toUpperCase()}" DataVersion="${version}"/>`,
          )
          .join('')}</RK7RefList>`,
      ),
    GetRefData: (command) => {
      const name = command.attributes['RefName'] ?? '';
      const reference = references[name];
      return ok(
        `<RK7Reference DataVersion="${reference?.version}" Name="${name}"><Items>${reference?.items}</Items></RK7Reference>`,
      );
    },
    GetOrderMenu: [orderMenu()],
    GetDishRests: [ok('')],
    GetModifierStopList: [ok('')],
    ...overrides,
  };
}
