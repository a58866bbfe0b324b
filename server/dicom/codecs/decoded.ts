import type { StoredValues } from '../frame.js';

/** What a codec gives for one frame, before DICOM's own meaning of the bits is applied. */
export interface DecodedFrame {
  width: number;
  height: number;
  /** Samples per pixel, interleaved in `values`. */
  components: number;
  /** Bits per sample as the coded stream has them. */
  precision: number;
  /** True when the values carry their sign already. */
  signed: boolean;
  /** Memory of its own: whoever gets it may change it. */
  values: StoredValues;
  /** Colours the stream itself says it holds; null where only the file says. */
  colours: 'RGB' | 'YBR' | null;
}
