/** The house's other tables: people, rooms, tills, forms of payment. Both restaurants share those that are not given twice. */
export const employees = `
  code | name        | english   | role
     1 | Sistema     | System    | system
     7 | Anna        | Anna      | waiter
     8 | Marco       | Marco     | waiter
     9 | Giulia      | Giulia    | waiter
    20 | Paolo       | Paolo     | manager
    21 | Sara        | Sara      | cashier
    90 | Tableside   | Tableside | app
`;

export const portoEmployees = `
  code | name        | english   | role
     1 | Sistema     | System    | system
     5 | Chiara      | Chiara    | waiter
     6 | Davide      | Davide    | waiter
    22 | Nadia       | Nadia     | manager
    90 | Tableside   | Tableside | app
`;

export const halls = `
  code | name     | english
     1 | Sala     | Dining room
     2 | Terrazza | Terrace
     3 | Asporto  | Take away
`;

export const portoHalls = `
  code | name     | english
     1 | Molo     | Pier
`;

/** Tables are named as the little signs on them are. */
export const tables = `
  code | name | hall
     1 | 1    | 1
     2 | 2    | 1
     3 | 3    | 1
     4 | 4    | 1
     5 | 5    | 1
     6 | 6    | 1
     7 | 7    | 1
     8 | 8    | 1
    21 | T1   | 2
    22 | T2   | 2
    23 | T3   | 2
    24 | T4   | 2
    25 | T5   | 2
    26 | T6   | 2
    90 | Asporto | 3
`;

export const portoTables = `
  code | name | hall
     1 | M1   | 1
     2 | M2   | 1
     3 | M3   | 1
     4 | M4   | 1
     5 | M5   | 1
     6 | M6   | 1
`;

export const stations = `
  code | name              | net
     1 | Cassa sala        | CASSA1
     2 | Cassa terrazza    | CASSA2
     3 | Cassa Tableside   | APP
`;

export const kitchens = `
  code | name        | english
     1 | Cucina      | Kitchen
     2 | Forno       | Pizza oven
     3 | Pasticceria | Pastry
     4 | Bar         | Bar
`;

export const currencies = `
  code | name              | english
     1 | Contanti          | Cash
     2 | Carta             | Card at the till
     9 | Paid in Tableside | Paid in Tableside
`;

export const orderTypes = `
  code | name      | english
     1 | Al tavolo | At the table
     2 | Da asporto| Take away
`;

export const orderCategories = `
  code | name | english
     1 | Sala | Hall
`;

export const guestTypes = `
  code | name   | english
     1 | Ospiti | Guests
`;

export const courses = `
  code | name      | english
     1 | Antipasti | Starters
     2 | Primi     | First course
     3 | Secondi   | Main course
     4 | Dolci     | Dessert
`;

export const discounts = `
  code | name              | english         | percent | open
    10 | Soci del Fiume    | Members         | 10      |
    20 | Amici della casa  | House friends   | 20      |
    30 | Sconto piattaforma| Partner discount|  0      | yes
`;

export const interfaces = `
  code | name         | english
   100 | Carta Fiume  | Member card
`;

export const cards = `
  card | holder         | discount | blocked
  7001 | Elena Bianchi  | 10       |
  7002 | Luca Rossi     | 20       |
  7003 | Pietro Conti   | 10       | yes
`;

export const taxTypes = `
  code | name        | english
     1 | IVA cucina  | Food
     2 | IVA bevande | Drinks
     3 | Esente      | Exempt
`;

export const voidReasons = `
  code | name                  | english
     1 | Errore del cameriere  | Waiter's mistake
     2 | L’ospite ha cambiato  | Guest changed their mind
`;
