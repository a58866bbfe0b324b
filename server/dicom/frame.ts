/** How stored pixels are meant to be seen (PS3.3 C.11.2), after the modality transform. */
export interface Window {
  center: number;
  /** LINEAR: 1 or more; LINEAR_EXACT and SIGMOID: above 0. */
  width: number;
}

export type VoiFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** A lookup table (PS3.3 C.11.1, C.11.2): entry 0 belongs to `first`; values outside take the nearest end. */
export interface LookupTable {
  first: number;
  entries: Uint16Array;
  /** Bits of an entry, 8 to 16. */
  bits: number;
}

export interface VoiTransform {
  function: VoiFunction;
  /** As in the file, the first is the default; empty where the file has none. */
  windows: Window[];
  /** Takes precedence over windows when present. */
  table: LookupTable | null;
}

/** Values as they are stored, in no more memory than they need. */
export type StoredValues = Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array;

/** One decoded picture of one channel, after the modality LUT or rescale. */
export interface GrayFrame {
  width: number;
  height: number;
  /** width * height values row by row, in modality units (HU for CT, else stored values after rescale). */
  pixels: StoredValues | Float32Array;
  /** Least and greatest value outside the padding; both 0 when all is padding. */
  min: number;
  max: number;
  /** Photometric Interpretation of the file: MONOCHROME1, MONOCHROME2, RGB, PALETTE COLOR, ... */
  photometric: string;
  /** Height of a pixel over its width (vertical / horizontal, as DICOM has it); 1 for squares. */
  pixelAspectRatio: number;
  /** 1 where a pixel is padding and no image (PS3.3 C.7.5.1.1.2); null where there is none. */
  padding: Uint8Array | null;
  voi: VoiTransform;
}

/** A picture to show or judge: 0 black to 255 white, dense tissue bright, pixels square. */
export interface DisplayFrame {
  width: number;
  height: number;
  /** width * height values, row by row. */
  pixels: Uint8Array;
}
