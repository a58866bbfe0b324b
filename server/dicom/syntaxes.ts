import type { Encoding } from './dataset.js';

/** How the frames of a transfer syntax are coded. */
export type Codec = 'native' | 'rle' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

export interface TransferSyntax {
  uid: string;
  name: string;
  codec: Codec;
  /** True when decoding gives back exactly what was encoded. */
  lossless: boolean;
}

export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
export const DEFLATED = '1.2.840.10008.1.2.1.99';

const SYNTAXES: [uid: string, name: string, codec: Codec, lossless: boolean][] = [
  [IMPLICIT_LITTLE_ENDIAN, 'Implicit VR Little Endian', 'native', true],
  ['1.2.840.10008.1.2.1', 'Explicit VR Little Endian', 'native', true],
  [EXPLICIT_BIG_ENDIAN, 'Explicit VR Big Endian', 'native', true],
  [DEFLATED, 'Deflated Explicit VR Little Endian', 'native', true],
  ['1.2.840.10008.1.2.5', 'RLE Lossless', 'rle', true],
  ['1.2.840.10008.1.2.4.50', 'JPEG Baseline', 'jpeg', false],
  ['1.2.840.10008.1.2.4.51', 'JPEG Extended', 'jpeg', false],
  ['1.2.840.10008.1.2.4.57', 'JPEG Lossless', 'jpeg-lossless', true],
  ['1.2.840.10008.1.2.4.70', 'JPEG Lossless, first-order prediction', 'jpeg-lossless', true],
  ['1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpeg-ls', true],
  ['1.2.840.10008.1.2.4.81', 'JPEG-LS Near-lossless', 'jpeg-ls', false],
  ['1.2.840.10008.1.2.4.90', 'JPEG 2000 Lossless', 'jpeg-2000', true],
  ['1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000', false],
  ['1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 Lossless', 'htj2k', true],
  ['1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 Lossless RPCL', 'htj2k', true],
  ['1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', 'htj2k', false],
];

const BY_UID = new Map(
  SYNTAXES.map(([uid, name, codec, lossless]): [string, TransferSyntax] => [
    uid,
    { uid, name, codec, lossless },
  ]),
);

/** Every transfer syntax whose frames can be decoded (PS3.5 Annex A). */
export const decodableSyntaxes: readonly TransferSyntax[] = [...BY_UID.values()];

/** The transfer syntax, or null where its frames cannot be decoded here. */
export function transferSyntax(uid: string): TransferSyntax | null {
  return BY_UID.get(uid) ?? null;
}

/** Encoding of the data set itself; encapsulated syntaxes are explicit little endian (PS3.5 A.4). */
export function encodingOf(uid: string): Encoding {
  return { littleEndian: uid !== EXPLICIT_BIG_ENDIAN, explicit: uid !== IMPLICIT_LITTLE_ENDIAN };
}
