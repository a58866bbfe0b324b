/** A display picture: one channel, 0 black to 255 white, bright where tissue is dense. */
export interface GrayPicture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** A rectangle in pixels of the original picture. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What can be said of a picture before any network looks at it. */
export interface PictureFacts {
  width: number;
  height: number;
  /** The part that the network sees. */
  box: Box;
  /** Grey values 0 to 255 at the low and high percentile inside the box. */
  black: number;
  white: number;
  /** Shannon entropy of the grey values inside the box, bits (0 blank to 8). */
  entropy: number;
  /** Share of grey-value change between neighbours to the whole contrast: about 0.02 in a film, 0.3 in noise. */
  roughness: number;
}
