/** Magic number of a Zstandard frame, little-endian. */
const FRAME = 0xfd2fb528;
/** Frames 0x184D2A50 … 0x184D2A5F carry no data. */
const SKIPPABLE = 0x184d2a50;
/** Window that every decoder must be able to hold, and the largest that senders use by default. */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;
/** The decoder moves its window for every block: bytes it may move altogether, about a second's work. */
const MAX_MOVED_BYTES = 4 * 1024 ** 3;

/** One frame of compressed data within the input. */
export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
}

/** Why an input is not decompressed. */
export class ZstdRefused extends Error {
  readonly reason: 'invalid' | 'too-large';

  constructor(message: string, reason: 'invalid' | 'too-large') {
    super(message);
    this.name = 'ZstdRefused';
    this.reason = reason;
  }
}

/**
 * Frames of a Zstandard input, found from headers alone, so that a hostile input (a window of gigabytes, millions
 * of empty blocks) is refused before the decoder allocates or works.
 * @param maxBytes size of the content above which a frame that states it is refused
 * @throws ZstdRefused
 * @see https://www.rfc-editor.org/rfc/rfc8878
 */
export function zstdFrames(input: Uint8Array, maxBytes: number): ZstdFrame[] {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const frames: ZstdFrame[] = [];
  let moved = 0;
  let pos = 0;
  const need = (bytes: number): void => {
    if (pos + bytes > input.length) throw new ZstdRefused('the zstd data is cut off', 'invalid');
  };
  while (pos < input.length) {
    const start = pos;
    need(5);
    const magic = view.getUint32(pos, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      need(8);
      pos += 8 + view.getUint32(pos + 4, true);
      continue;
    }
    if (magic !== FRAME) throw new ZstdRefused('the data is not zstd', 'invalid');
    const descriptor = input[pos + 4]!;
    const single = (descriptor & 0x20) !== 0;
    const hasChecksum = (descriptor & 4) !== 0;
    if ((descriptor & 3) !== 0) throw new ZstdRefused('the zstd data needs a dictionary', 'invalid');
    pos += 5;
    let windowBytes = 0;
    if (!single) {
      need(1);
      const base = 2 ** (10 + (input[pos]! >> 3));
      windowBytes = base + (base / 8) * (input[pos]! & 7);
      pos++;
    }
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    need(sizeBytes);
    const contentBytes = contentSize(view, pos, sizeBytes);
    pos += sizeBytes;
    if (single) windowBytes = contentBytes;
    if (contentBytes > maxBytes) throw new ZstdRefused('the zstd frame says that it is too large', 'too-large');
    if (windowBytes > Math.max(MAX_WINDOW_BYTES, single ? maxBytes : 0)) {
      throw new ZstdRefused('the zstd window is larger than 8 MiB', 'too-large');
    }
    for (let last = false; !last;) {
      need(3);
      const header = input[pos]! | (input[pos + 1]! << 8) | (input[pos + 2]! << 16);
      last = (header & 1) === 1;
      const type = (header >> 1) & 3;
      if (type === 3) throw new ZstdRefused('the zstd data has a block of unknown type', 'invalid');
      pos += 3 + (type === 1 ? 1 : header >> 3);
      moved += windowBytes;
      if (moved > MAX_MOVED_BYTES) throw new ZstdRefused('the zstd data has too many small blocks', 'too-large');
    }
    if (hasChecksum) pos += 4;
    if (pos > input.length) throw new ZstdRefused('the zstd data is cut off', 'invalid');
    frames.push({ start, end: pos });
  }
  return frames;
}

function contentSize(view: DataView, pos: number, bytes: number): number {
  switch (bytes) {
    case 1:
      return view.getUint8(pos);
    case 2:
      return view.getUint16(pos, true) + 256;
    case 4:
      return view.getUint32(pos, true);
    case 8:
      return Number(view.getBigUint64(pos, true));
    default:
      return 0;
  }
}
