import type { Film } from './film.js';

/** A technical test picture: grey steps over a line pattern, nothing of a body. */
export function testPattern(size = 512): Film {
  const pixels = new Uint16Array(size * size);
  for (let i = 0; i < pixels.length; i++) {
    const x = i % size;
    const y = Math.floor(i / size);
    const step = Math.floor((x / size) * 16) * 273;
    const lines = Math.floor(x / (2 + Math.floor((y / size) * 8))) % 2 === 0 ? 4095 : 0;
    pixels[i] = y < size / 2 ? step : lines;
  }
  return { width: size, height: size, pixels };
}
