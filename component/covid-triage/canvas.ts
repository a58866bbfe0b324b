import { fetchPicture, type Connection } from '../api/http.js';

/** One picture of several that lie upon each other. */
export interface Layer {
  image: ImageBitmap;
  /** 0 to 1. */
  opacity: number;
}

/**
 * Fetches and decodes a picture.
 * @throws Fault
 */
export async function fetchBitmap(
  connection: Connection,
  address: string,
  signal: AbortSignal,
): Promise<ImageBitmap> {
  return createImageBitmap(await fetchPicture(connection, address, signal));
}

/**
 * Draws layers into a canvas, for use with `ref`. A canvas, because strict policies forbid pictures from `blob:`
 * addresses, and no other address can carry a token.
 *
 * @param layers the first gives the size; the others are stretched over it
 */
export function paint(layers: readonly Layer[]): (element?: Element) => void {
  return (element) => {
    const [ground] = layers;
    if (!(element instanceof HTMLCanvasElement) || !ground) return;
    const { width, height } = ground.image;
    Object.assign(element, { width, height });
    const context = element.getContext('2d');
    for (const { image, opacity } of layers) {
      if (!context) return;
      context.globalAlpha = opacity;
      context.drawImage(image, 0, 0, width, height);
    }
  };
}
