import { testConformance } from '#conformance/test-conformance.ts';
import { connect, paidCart } from './test-site.ts';
import { makeTestTwin } from './twin/test-twin.ts';

const defects = ['double-create-on-retry', 'modifier-dropped', 'no-kitchen-ticket', 'wrong-restaurant'];

testConformance('FoodTec', defects, () => {
  const twin = makeTestTwin();
  return {
    world: twin.world,
    connect: (http) => connect(twin, http, []),
    roundOf: (menu, lines) => paidCart(menu, lines),
    dishes: {
      plain: { itemId: 'dessert.tiramisu', modifiers: [], quantity: 1 },
      chosen: {
        itemId: 'pizza.cheese',
        variantId: 'pizza.cheese.14',
        modifiers: [{ modifierId: 'pizza.pepperoni', quantity: 1 }],
        quantity: 2,
      },
    },
    saves: 'orders',
  };
});
