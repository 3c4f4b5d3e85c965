import { examplePost as example } from '#acceptance/test-pizzeria.ts';

const { diff2: _diff2, value2: _value2, diff3: _diff3, value3: _value3, ...customer } = example.customer;
const [pizza] = example.items;
if (pizza === undefined) throw new Error('the example orders a pizza');

/** The document's example with one place instead of three, open to changes of its types. */
export const examplePost = {
  ...example,
  deferTime: null as number | null,
  customer: { ...customer, deliveryInstructions: 'Ring twice' } as Record<string, unknown>,
  items: [
    {
      ...pizza,
      size: '10"' as string | null,
      sellingPrice: 11.85 as number | null,
      ingredients: pizza.ingredients.map((entry) => entry as Record<string, unknown>),
    },
  ],
  specials: [] as unknown[],
  adjustment: example.adjustment as unknown,
};
