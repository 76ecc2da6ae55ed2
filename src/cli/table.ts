/** Prints rows under a head, columns aligned; an empty table says so. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) {
    console.log('(nothing)');
    return;
  }
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  console.log(dim(line(head)));
  for (const row of rows) console.log(line(row));
}

/** Faint on a terminal, plain elsewhere. */
function dim(text: string): string {
  return process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? `\u001b[2m${text}\u001b[0m` : text;
}
