import { describe, expect, it } from 'vitest';
import { lungBox, shareOf } from '../../server/inference/lung-box.js';
import type { Picture } from '../../server/inference/types.js';
import { buildAtlas } from '../../training/atlas.js';
import { drawChest } from './generated.js';

/** The same chest with more body around it on two sides. */
function shifted(chest: Picture, dx: number, dy: number): Picture {
  const width = chest.width + Math.abs(dx);
  const height = chest.height + Math.abs(dy);
  const pixels = new Uint8Array(width * height).fill(190);
  for (let y = 0; y < chest.height; y++) {
    const row = chest.pixels.subarray(y * chest.width, (y + 1) * chest.width);
    pixels.set(row, (y + Math.max(0, dy)) * width + Math.max(0, dx));
  }
  return { width, height, pixels };
}
const whole = ({ width, height }: Picture) => ({ x: 0, y: 0, width, height });

describe('finding the lungs', () => {
  const atlas = buildAtlas(Array.from({ length: 30 }, (_, i) => drawChest(i % 3, i)));

  it.each([
    [0, 0],
    [40, 0],
    [-40, 30],
    [0, -36],
  ])('follows lungs that are moved by %i and %i pixels', (dx, dy) => {
    const chest = drawChest(1, 99);
    const reference = lungBox(chest, whole(chest), atlas);
    const picture = shifted(chest, dx, dy);
    const { box, correlation } = lungBox(picture, whole(picture), atlas);
    expect(correlation).toBeGreaterThan(0.8);
    const centre = (one: typeof box) => [one.x + one.width / 2, one.y + one.height / 2];
    const [x = 0, y = 0] = centre(box);
    const [wantedX = 0, wantedY = 0] = centre(reference.box);
    expect(Math.abs(x - wantedX - Math.max(0, dx))).toBeLessThan(10);
    expect(Math.abs(y - wantedY - Math.max(0, dy))).toBeLessThan(10);
  });

  it('finds nothing like lungs in an inverted film', () => {
    const chest = drawChest(1, 7);
    const inverted = { ...chest, pixels: chest.pixels.map((value) => 255 - value) };
    expect(lungBox(inverted, whole(chest), atlas).correlation).toBeLessThan(0.3);
  });

  it('says where a box lies in another', () => {
    const share = shareOf(
      { x: 10, y: 20, width: 100, height: 200 },
      { x: 35, y: 20, width: 50, height: 100 },
    );
    expect(share).toEqual({ x: 0.25, y: 0, width: 0.5, height: 0.5 });
  });
});
