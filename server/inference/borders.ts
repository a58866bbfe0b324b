import type { Picture } from './types.js';

/** A rectangle in pixels of the original picture. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const dark = 16;
const light = 248;
/** A line is margin when this share of it is uniformly dark or white: side letters do not keep it alive. */
const share = 0.97;
/** Never cut more than this from one side: a lung may be dark, too. */
const mostPerSide = 0.3;

/**
 * The part of a picture inside its uniform margins (letter boxes, printed frames, figures' white space).
 * Falls back to the whole picture where hardly anything would be left.
 */
export function contentBox(frame: Picture): Box {
  const { width, height, pixels } = frame;
  const isMargin = (start: number, step: number, count: number): boolean => {
    // Sampling 256 places a line is enough to tell a margin and keeps large films cheap.
    const stride = Math.max(1, Math.floor(count / 256));
    let black = 0;
    let white = 0;
    let seen = 0;
    for (let i = 0; i < count; i += stride) {
      const value = pixels[start + i * step] ?? 0;
      if (value <= dark) black++;
      else if (value >= light) white++;
      seen++;
    }
    return Math.max(black, white) >= share * seen;
  };
  const row = (y: number): boolean => isMargin(y * width, 1, width);
  const column = (x: number): boolean => isMargin(x, width, height);
  const top = cut(height, row);
  const bottom = cut(height, (i) => row(height - 1 - i));
  const left = cut(width, column);
  const right = cut(width, (i) => column(width - 1 - i));
  const box = { x: left, y: top, width: width - left - right, height: height - top - bottom };
  return box.width < 32 || box.height < 32 ? { x: 0, y: 0, width, height } : box;
}

function cut(length: number, isMargin: (index: number) => boolean): number {
  const most = Math.floor(length * mostPerSide);
  let count = 0;
  while (count < most && isMargin(count)) count++;
  return count;
}
