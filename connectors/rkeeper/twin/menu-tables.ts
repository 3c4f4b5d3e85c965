/**
 * The kitchen's tables: what the house cooks, pours and asks. Prices are euros; a blank cell is "none". Codes are what staff
 * key in. Allergens stand in brackets at the end of a description.
 */
export const categories = `
  code | name          | english          | kitchen
    10 | Antipasti     | Starters         | 1
    20 | Primi         | Pasta and rice   | 1
    30 | Secondi       | Mains            | 1
    40 | Pizze         | Pizza            | 2
    50 | Contorni      | Sides            | 1
    60 | Dolci         | Desserts         | 3
    70 | Vini e birre  | Wine and beer    | 4
    80 | Bevande       | Drinks and coffee| 4
    45 | Pizza         | Pizza by the inch| 2
    90 | Servizio      | Service          |
`;

export const dishes = `
  code | category | name                             | english                            | price | scheme | tax | rest | open | off | about
   101 | 10 | Burrata e pomodori al forno           | Burrata, slow-roasted tomatoes     | 12.50 | 9 | 1 | | | | Whole burrata on tomatoes roasted for three hours, basil oil [milk, gluten]
   102 | 10 | Vitello tonnato                       | Veal with tuna sauce               | 13.80 | 9 | 1 | | | | Pink veal sliced thin, tuna and caper sauce, pickled celery [fish, egg]
   103 | 10 | Trota marinata agli agrumi            | Citrus-cured river trout           | 13.20 | 9 | 1 | | | | Cured for a day in salt, fennel and orange, with dill cream [fish, milk]
   104 | 10 | Crostini ai fegatini                  | Chicken liver crostini             |  8.90 |   | 1 | | | | Chicken livers with sage and vin santo on toasted country bread [gluten]
   105 | 10 | Fiori di zucca fritti                 | Fried courgette flowers            | 10.40 |   | 1 | | | | Filled with ricotta and anchovy, fried to order [gluten, milk, fish]
   106 | 10 | Tagliere di salumi                    | Board of cured meats               | 11.50 | 8 | 1 | | | | Culatello, coppa, finocchiona and pickled vegetables [sulphites]
   201 | 20 | Tagliatelle al ragù                   | Tagliatelle with ragù              |  9.80 | 1 | 1 | | | | Egg pasta rolled this morning, beef and pork cooked for five hours [gluten, egg, celery]
   202 | 20 | Tonnarelli cacio e pepe               | Tonnarelli, pecorino and pepper    |  9.20 | 1 | 1 | | | | Pecorino romano, pepper toasted and crushed for each pan [gluten, milk]
   203 | 20 | Ravioli di zucca                      | Pumpkin ravioli                    | 10.60 | 1 | 1 | | | | Pumpkin, amaretti and mostarda in brown butter and sage [gluten, egg, milk, nuts]
   204 | 20 | Spaghetti alle vongole                | Spaghetti with clams               | 12.40 | 1 | 1 | | | | Clams opened to order in white wine, garlic and parsley [gluten, molluscs]
   205 | 20 | Risotto allo zafferano e midollo      | Saffron risotto with bone marrow   | 16.50 |   | 1 | | | | Carnaroli rice, twenty minutes from the moment you ask [milk, celery]
   206 | 20 | Lasagne della domenica                | Sunday lasagne                     | 13.60 |   | 1 | 4 | | | One tray a day, spinach pasta, ragù and béchamel [gluten, egg, milk]
   207 | 20 | Agnolotti del plin                    | Piedmontese agnolotti              | 14.20 | 1 | 1 | | | yes | Back in November, when the roast is worth it [gluten, egg]
   301 | 30 | Tagliata di manzo                     | Sliced rib of beef                 | 24.50 | 3 | 1 | | | | Thirty days dry-aged, grilled over vine cuttings, sea salt
   302 | 30 | Pollo alla diavola                    | Devilled half chicken              | 18.60 | 2 | 1 | | | | Flattened under a brick, chilli and lemon
   303 | 30 | Branzino al sale                      | Sea bass baked in salt             | 26.40 | 2 | 1 | | | | Opened and boned at the table [fish, egg]
   304 | 30 | Ossobuco alla milanese                | Braised veal shank                 | 25.20 | 2 | 1 | | | | With lemon, parsley and garlic chopped at the last moment [celery, sulphites]
   305 | 30 | Melanzane alla parmigiana             | Aubergine parmigiana               | 14.80 |   | 1 | | | | Aubergines fried once, baked twice, with smoked scamorza [milk, gluten]
   306 | 30 | Trota del fiume alla mugnaia          | River trout meunière               | 21.30 | 2 | 1 | 0 | | | Whole trout in brown butter, lemon and capers [fish, milk, gluten]
   401 | 40 | Margherita                            | Margherita                         |  9.50 | 4 | 1 | | | | Tomato, fior di latte, basil; dough risen for two days [gluten, milk]
   402 | 40 | Marinara                              | Marinara                           |  8.20 | 5 | 1 | | | | Tomato, garlic, oregano, good oil and nothing else [gluten]
   403 | 40 | Diavola                               | Spicy salami pizza                 | 11.60 | 4 | 1 | | | | Tomato, fior di latte, spianata from Calabria [gluten, milk]
   404 | 40 | Quattro formaggi                      | Four-cheese pizza                  | 12.40 | 4 | 1 | | | | Fior di latte, gorgonzola, fontina and pecorino, no tomato [gluten, milk]
   405 | 40 | Crudo e rucola                        | Raw ham and rocket pizza           | 14.30 | 4 | 1 | | | | Parma ham laid on after the oven, rocket, shavings of grana [gluten, milk]
   406 | 40 | Fiume                                 | The house pizza                    | 15.40 | 4 | 1 | | | | Smoked trout, courgette, lemon zest, stracciatella [gluten, milk, fish]
   451 | 45 | Cheese                                | Cheese pizza                       |  6.40 | 11 | 1 | | | | Tomato and mozzarella on a thin crust, sold by the inch [gluten, milk]
   452 | 45 | Garden                                | Vegetable pizza                    |  7.40 | 11 | 1 | | | | Peppers, mushrooms and onion under mozzarella [gluten, milk]
   501 | 50 | Patate al rosmarino                   | Rosemary potatoes                  |  5.50 |   | 1 | | | | Roasted in the bread oven
   502 | 50 | Spinaci all’aglio                     | Spinach with garlic                |  5.20 |   | 1 | | | | Wilted in the pan, a little lemon
   503 | 50 | Insalata di campo                     | Field salad                        |  5.80 |   | 1 | | | | Leaves from the morning market, sherry vinegar [sulphites]
   504 | 50 | Verdure alla griglia                  | Grilled vegetables                 |  6.60 |   | 1 | | | | Courgette, pepper, radicchio, marinated in oregano
   601 | 60 | Tiramisù                              | Tiramisù                           |  7.20 |   | 1 | | | | Made in the glass, coffee from the bar [egg, milk, gluten]
   602 | 60 | Panna cotta ai frutti di bosco        | Panna cotta with berries           |  6.80 |   | 1 | | | | Barely set, berries in their juice [milk]
   603 | 60 | Torta di nocciole                     | Hazelnut cake                      |  7.60 |   | 1 | | | | Without flour, with a spoon of zabaione [nuts, egg]
   604 | 60 | Gelato della casa                     | House ice cream                    |  5.60 | 7 | 1 | | | | Two scoops from our own machine, a third if you like [milk, nuts]
   605 | 60 | Cantucci e vin santo                  | Cantucci with sweet wine           |  8.40 |   | 1 | | | | Almond biscuits for dipping [gluten, egg, nuts, sulphites]
   701 | 70 | Barbera d’Asti                        | Barbera d’Asti                     |  6.20 | 6 | 2 | | | | Red, cherry and a clean edge; goes with everything here [sulphites]
   702 | 70 | Vermentino di Gallura                 | Vermentino di Gallura              |  6.40 | 6 | 2 | | | | White, salt and wild herbs [sulphites]
   703 | 70 | Lambrusco di Sorbara                  | Lambrusco di Sorbara               |  5.60 | 6 | 2 | | | | Pale, dry and lightly sparkling [sulphites]
   704 | 70 | Birra chiara 0,4 l                    | Lager, 0.4 l                       |  5.40 |   | 2 | | | | From the tap, unfiltered [gluten]
   705 | 70 | Spritz al bitter                      | Bitter spritz                      |  7.80 |   | 2 | | | | Bitter, prosecco, soda, an olive [sulphites]
   801 | 80 | Acqua naturale 0,5 l                  | Still water, 0.5 l                 |  2.50 |   | 2 | | | |
   802 | 80 | Acqua naturale 0,75 l                 | Still water, 0.75 l                |  3.50 |   | 2 | | | |
   803 | 80 | Acqua frizzante 0,5 l                 | Sparkling water, 0.5 l             |  2.50 |   | 2 | | | |
   804 | 80 | Acqua frizzante 0,75 l                | Sparkling water, 0.75 l            |  3.50 |   | 2 | | | |
   805 | 80 | Chinotto                              | Chinotto                           |  4.20 |   | 2 | | | | Bitter orange, bottled by hand
   806 | 80 | Espresso                              | Espresso                           |  1.80 |   | 2 | | | |
   807 | 80 | Cappuccino                            | Cappuccino                         |  2.90 | 10 | 2 | | | | [milk]
   990 | 90 | Mancia                                | Tip                                |  0.00 |   | 3 | | yes | |
`;

export const schemes = `
  code | name
     1 | Pasta
     2 | Secondo con contorno
     3 | Griglia
     4 | Pizza bianca e rossa
     5 | Pizza senza formaggio
     6 | Vino
     7 | Gelato
     8 | Tagliere
     9 | Antipasto con pane
    10 | Caffè con latte
    11 | Pizza by the inch
`;

/** max 0: no upper limit. `default` comes with the dish; with `replaces` another choice of the group takes its place. */
export const details = `
  code | scheme | name             | group | min | max | free | default | replaces
     1 |  1 | Porzione              |     1 |   1 |   1 |      |         |
     2 |  1 | Aggiunte pasta        |     2 |   0 |   4 |    1 |         |
     3 |  2 | Contorno              |     4 |   1 |   2 |    1 |         |
     4 |  3 | Cottura               |     3 |   1 |   1 |      |         |
     5 |  3 | Contorno              |     4 |   1 |   2 |    1 |         |
     6 |  4 | Mozzarella            |     7 |   1 |   1 |      |      71 | yes
     7 |  4 | Basilico              |     8 |   0 |   1 |      |      81 | yes
     8 |  4 | Aggiunte pizza        |     9 |   0 |   0 |      |         |
     9 |  5 | Aglio                 |    10 |   0 |   1 |      |     101 | yes
    10 |  5 | Aggiunte pizza        |     9 |   0 |   0 |      |         |
    11 |  6 | Formato               |    11 |   1 |   1 |      |         |
    12 |  7 | Gusti                 |    12 |   2 |   3 |    2 |         |
    13 |  8 | Per quante persone    |    14 |   1 |   1 |      |         |
    14 |  9 | Pane                  |    15 |   0 |   3 |      |     151 |
    15 | 10 | Latte                 |    13 |   1 |   1 |      |     131 | yes
    16 | 11 | Size                  |    16 |   1 |   1 |      |         |
    17 | 11 | Toppings              |    17 |   0 |   0 |      |         |
`;

/** Sides are a folder of two groups. The note belongs to no scheme: it goes with every dish. */
export const groups = `
  code | name               | english          | parent | common
     1 | Porzione           | Portion          |        |
     2 | Aggiunte pasta     | On your pasta    |        |
     3 | Cottura            | How done         |        |
     4 | Contorno           | Side             |        |
     5 | Contorni caldi     | Warm sides       |      4 |
     6 | Contorni freddi    | Cold sides       |      4 |
     7 | Mozzarella         | Mozzarella       |        |
     8 | Basilico           | Basil            |        |
     9 | Aggiunte pizza     | On your pizza    |        |
    10 | Aglio              | Garlic           |        |
    11 | Formato            | Glass or bottle  |        |
    12 | Gusti              | Flavours         |        |
    13 | Latte              | Milk             |        |
    14 | Per quante persone | For how many     |        |
    15 | Pane               | Bread            |        |
    16 | Size               | Size             |        |
    17 | Toppings           | Toppings         |        |
    99 | Nota di cucina     | Kitchen note     |        | yes
`;

export const modifiers = `
  code | group | name                   | english               | price | max | open | stopped
    11 |  1 | Mezza porzione             | Small                 |  0.00 |   1 | |
    12 |  1 | Porzione intera            | Large                 |  4.60 |   1 | |
    21 |  2 | Parmigiano                 | Parmesan              |  0.50 |   2 | |
    22 |  2 | Peperoncino                | Chilli                |  0.50 |   1 | |
    23 |  2 | Stracciatella              | Stracciatella         |  3.40 |   1 | |
    24 |  2 | Tartufo nero               | Black truffle         |  6.00 |   1 | | yes
    31 |  3 | Al sangue                  | Rare                  |  0.00 |   1 | |
    32 |  3 | Media                      | Medium                |  0.00 |   1 | |
    33 |  3 | Ben cotta                  | Well done             |  0.00 |   1 | |
    51 |  5 | Con patate al rosmarino    | Rosemary potatoes     |  3.50 |   1 | |
    52 |  5 | Con spinaci all’aglio      | Spinach with garlic   |  3.50 |   1 | |
    61 |  6 | Con insalata di campo      | Field salad           |  3.50 |   1 | |
    62 |  6 | Con fagioli all’olio       | Beans in oil          |  3.50 |   1 | |
    71 |  7 | Fior di latte              | Fior di latte         |  0.00 |   1 | |
    72 |  7 | Mozzarella di bufala       | Buffalo mozzarella    |  2.60 |   1 | |
    73 |  7 | Mozzarella senza lattosio  | Lactose-free          |  1.20 |   1 | |
    74 |  7 | Senza mozzarella           | No mozzarella         |  0.00 |   1 | |
    81 |  8 | Basilico                   | Basil                 |  0.00 |   1 | |
    82 |  8 | Senza basilico             | No basil              |  0.00 |   1 | |
    91 |  9 | Acciughe                   | Anchovies             |  2.20 |   2 | |
    92 |  9 | Funghi                     | Mushrooms             |  1.80 |   2 | |
    93 |  9 | ’Nduja                     | ’Nduja                |  2.40 |   1 | |
    94 |  9 | Prosciutto crudo           | Raw ham               |  3.20 |   2 | |
   101 | 10 | Aglio                      | Garlic                |  0.00 |   1 | |
   102 | 10 | Senza aglio                | No garlic             |  0.00 |   1 | |
   111 | 11 | Calice                     | Glass, 0.15 l         |  0.00 |   1 | |
   112 | 11 | Bottiglia                  | Bottle, 0.75 l        | 19.40 |   1 | |
   121 | 12 | Crema                      | Custard               |  1.60 |   3 | |
   122 | 12 | Nocciola                   | Hazelnut              |  1.60 |   3 | |
   123 | 12 | Limone                     | Lemon                 |  1.60 |   3 | |
   124 | 12 | Cioccolato fondente        | Dark chocolate        |  1.60 |   3 | |
   131 | 13 | Latte intero               | Whole milk            |  0.00 |   1 | |
   132 | 13 | Latte d’avena              | Oat milk              |  0.60 |   1 | |
   141 | 14 | Per uno                    | For one               |  0.00 |   1 | |
   142 | 14 | Per due                    | For two               |  8.50 |   1 | |
   151 | 15 | Pane casereccio            | Country bread         |  1.00 |   3 | |
   152 | 15 | Pane senza glutine         | Gluten-free bread     |  1.80 |   1 | |
   161 | 16 | 10"                        | 10 inches             |  2.45 |   1 | |
   162 | 16 | 14"                        | 14 inches             |  6.95 |   1 | |
   171 | 17 | Pepperoni                  | Pepperoni             |  1.50 |   2 | |
   172 | 17 | Mushrooms                  | Mushrooms             |  1.20 |   2 | |
   173 | 17 | Onion                      | Onion                 |  0.90 |   2 | |
   991 | 99 | Nota                       | Note                  |  0.00 |   5 | yes |
`;
