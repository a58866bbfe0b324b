import { describe, expect, it } from 'vitest';
import { augment, augmented, unsuitable, unsuitableKinds } from '../../training/augment.js';
import { createRandom } from '../../training/random.js';
import { drawChest } from './generated.js';

describe('pictures made from a film', () => {
  const film = drawChest(1, 3);
  const meanOf = (pixels: ArrayLike<number>) => Array.from(pixels).reduce((a, b) => a + b, 0) / pixels.length;

  it.each(unsuitableKinds)('%s: whole bytes, another picture, the same for the same seed', (kind) => {
    const made = unsuitable(film, kind, createRandom(9)).picture;
    expect(made.pixels.length).toBe(made.width * made.height);
    expect(Buffer.from(made.pixels).equals(film.pixels)).toBe(false);
    expect(unsuitable(film, kind, createRandom(9)).picture).toEqual(made);
  });

  it('lose a half or more by being cropped, and nothing else', () => {
    for (let seed = 0; seed < 20; seed++) {
      const side = unsuitable(film, 'croppedSide', createRandom(seed)).picture;
      expect(side.height).toBe(film.height);
      expect(side.width / film.width).toBeGreaterThan(0.38);
      expect(side.width / film.width).toBeLessThan(0.57);
      const end = unsuitable(film, 'croppedEnd', createRandom(seed)).picture;
      expect(end.width).toBe(film.width);
      const rows = Array.from({ length: film.height }, (_, y) =>
        film.pixels.slice(y * film.width, (y + 1) * film.width).join(),
      );
      expect(rows).toContain(end.pixels.slice(0, film.width).join());
    }
  });

  it('tell when right and left have changed places', () => {
    const { width, height } = film;
    const sided = { width, height, pixels: film.pixels.map((_, i) => (i % width < width / 2 ? 200 : 40)) };
    const seen = new Set<boolean>();
    for (let seed = 0; seed < 20; seed++) {
      const { picture, mirrored } = augmented(sided, createRandom(seed));
      const row = picture.pixels.slice((height >> 1) * width, ((height >> 1) + 1) * width);
      const left = meanOf(row.slice(0, width >> 2));
      const right = meanOf(row.slice(-(width >> 2)));
      expect(right > left, `seed ${seed}`).toBe(mirrored);
      seen.add(mirrored);
      expect(augment(sided, createRandom(seed))).toEqual(picture);
    }
    expect(seen.size).toBe(2);
  });
});
