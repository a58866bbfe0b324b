import { cageAt, spine, depthOf, type CtBuild } from './anatomy.js';

const pairs = 11;
const cortex = 650;
const marrow = 220;

/**
 * Bone at a place, in HU, and the share of the voxel it fills; ribs slope downwards from the spine to the front.
 *
 * @param inCage distance inside the rib cage, negative outside of it
 * @param pixel width over which edges are blended, in millimetres
 */
export function bone(
  build: CtBuild,
  z: number,
  x: number,
  y: number,
  inCage: number,
  pixel: number,
): { share: number; hu: number } {
  const none = { share: 0, hu: 0 };
  const { scale } = build;
  const share = (inside: number) => Math.min(1, Math.max(0, inside / pixel + 0.5));
  const back = spine(build, x, y);
  if (back > -pixel) {
    // Discs lie between the vertebrae.
    const phase = (((z / (26 * scale)) % 1) + 1) % 1;
    return { share: share(back), hu: phase < 0.18 ? 90 : back < 2.5 ? 420 : marrow };
  }
  const arch = Math.min(24 * scale - Math.abs(x), 14 * scale - Math.abs(y - 96 * scale));
  const canal = 8 * scale - Math.hypot(x, y - 93 * scale);
  if (arch > -pixel && canal < 0) return { share: share(arch), hu: 320 };
  const t = depthOf(build, z);
  const at = cageAt(build, z);
  const front = Math.min(16 * scale - Math.abs(x), 5 - Math.abs(y + at.ry + 8));
  if (front > -pixel && t > 0.12 && t < 0.75) return { share: share(front), hu: 330 };
  const blade = Math.min(
    4 - Math.abs(inCage + 20),
    26 * scale - Math.abs(Math.abs(x) - 92 * scale),
    y - 20 * scale,
  );
  if (blade > -pixel && t > 0.02 && t < 0.5) return { share: share(blade), hu: 380 };
  if (inCage > -0.5 || inCage < -13 || at.rx < 20) return none;
  // 0 at the spine, 1 at the breastbone.
  const around = Math.abs(Math.atan2(x / at.rx, y / at.ry)) / Math.PI;
  if (around > 0.9) return none;
  const spacing = (build.apex - build.bottom) / (pairs - 1.5);
  const along = (build.apex + 4 - 70 * scale * around - z) / spacing;
  const nearest = Math.round(along);
  if (nearest < 0 || nearest >= pairs) return none;
  const up = ((along - nearest) * spacing) / 6.2;
  const out = (inCage + 6.5) / 4.2;
  const norm = Math.hypot(up, out);
  const inside = (1 - norm) * 4.2;
  if (inside < -pixel) return none;
  return { share: share(inside), hu: norm > 0.6 ? cortex : marrow };
}
