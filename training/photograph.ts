import type { Picture } from '../server/inference/types.js';
import type { Random } from './random.js';

const side = 448;
const clampToByte = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

/**
 * A film on a screen, photographed with a telephone: seen aslant in perspective, nearly filling the picture, with the
 * moire of the screen's grid, a reflection, black not quite black, and a rim and some of the room round about.
 */
export function photographScreen(picture: Picture, random: Random): Picture {
  const { width, height, pixels } = picture;
  const fill = random.between(0.62, 1.02);
  const slant = [random.between(-0.25, 0.25), random.between(-0.25, 0.25)] as const;
  const angle = random.between(-0.12, 0.12);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const wave = { x: random.between(0.3, 1.4), y: random.between(0.3, 1.4), depth: random.between(4, 25) };
  const glare = {
    x: random.next() * side,
    y: random.next() * side,
    spread: random.between(35, 130),
    light: random.between(20, 170),
  };
  const [room, lift, contrast] = [random.between(10, 180), random.between(5, 55), random.between(0.5, 0.95)];
  const [wide, high] = width < height ? [width / height, 1] : [1, height / width];
  const grey = (u: number, v: number, x: number, y: number): number => {
    const reach = Math.max(Math.abs(u), Math.abs(v));
    if (reach > 1.06) return room + 8 * random.normal();
    if (reach > 1) return 25;
    const column = Math.min(width - 1, Math.floor(((u + 1) / 2) * width));
    const row = Math.min(height - 1, Math.floor(((v + 1) / 2) * height));
    const moire = wave.depth * Math.sin(wave.x * x) * Math.sin(wave.y * y + 0.2 * x);
    return (pixels[row * width + column] ?? 0) * contrast + lift + moire;
  };
  const result = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [a, b] = [(2 * x) / side - 1, (2 * y) / side - 1];
      const u = cos * a + sin * b;
      const v = cos * b - sin * a;
      const nearness = (1 + slant[0] * u + slant[1] * v) / fill;
      const shine =
        glare.light * Math.exp(-((x - glare.x) ** 2 + (y - glare.y) ** 2) / (2 * glare.spread ** 2));
      result[y * side + x] = clampToByte(grey((u * nearness) / wide, (v * nearness) / high, x, y) + shine);
    }
  }
  return { width: side, height: side, pixels: result };
}
