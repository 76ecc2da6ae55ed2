import { z } from 'zod';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** Bytes of `64MiB`, `10GB` (binary, as Prometheus reads it) or `1024`; undefined if the text is none. */
export function parseByteSize(text: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unit = match === null ? undefined : UNIT_BYTES[match[2]!.toUpperCase()];
  return unit === undefined ? undefined : Math.round(Number(match![1]) * unit);
}

/** A size in a configuration file; bytes in settings. */
export const byteSize = z.union([z.string(), z.number().int().nonnegative()]).transform((value, context) => {
  const parsed = typeof value === 'number' ? value : parseByteSize(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: `is not a size: ${JSON.stringify(String(value).slice(0, 40))}; write for example 64MiB or 10GiB`,
  });
  return z.NEVER;
});
