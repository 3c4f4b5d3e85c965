/** One row of a text table, asked by the name of a column. Every asking throws when the table does not have what it should. */
export type TableRow = {
  text(column: string): string;
  optional(column: string): string | undefined;
  number(column: string): number;
  optionalNumber(column: string): number | undefined;
  /** `yes` in the cell. */
  flag(column: string): boolean;
  has(column: string): boolean;
};

/** Reads a table of lines with cells between bars; the first line names the columns. */
export function readTable(text: string): readonly TableRow[] {
  const [head = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return lines.map((cells) => {
    if (cells.length > head.length) throw new Error(`more cells than columns: ${cells.join(' | ')}`);
    return makeRow(new Map(head.map((column, index) => [column, cells[index] ?? ''])));
  });
}

function makeRow(cells: ReadonlyMap<string, string>): TableRow {
  const optional = (column: string) => {
    const cell = cells.get(column) ?? '';
    return cell === '' ? undefined : cell;
  };
  const text = (column: string) => {
    const cell = optional(column);
    if (cell === undefined) throw new Error(`no ${column} in: ${[...cells.values()].join(' | ')}`);
    return cell;
  };
  const toNumber = (column: string, cell: string) => {
    if (!/^\d+$/.test(cell)) throw new Error(`${column} is no number: ${cell}`);
    return Number(cell);
  };
  return {
    text,
    optional,
    number: (column) => toNumber(column, text(column)),
    optionalNumber(column) {
      const cell = optional(column);
      return cell === undefined ? undefined : toNumber(column, cell);
    },
    flag: (column) => optional(column) === 'yes',
    has: (column) => optional(column) !== undefined,
  };
}

/** `12.50` as cents. */
export function cents(text: string): number {
  const match = /^(\d+)\.(\d{2})$/.exec(text);
  if (match === null) throw new Error(`${text} is no price`);
  return Number(`${match[1]}${match[2]}`);
}
