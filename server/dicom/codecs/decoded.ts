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
  values: Int32Array | Uint32Array | Uint16Array | Uint8Array;
  /** Colours the stream itself says it holds; null where only the file says. */
  colours: 'RGB' | 'YBR' | null;
}
