/** Text from outside made fit for a message: escaped, in quotes, cut at `maxLength` characters. */
export function quoted(text: string, maxLength = 80): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return JSON.stringify(cut);
}
