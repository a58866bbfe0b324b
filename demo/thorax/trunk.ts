import { cloud, createField, type Field } from '../field.js';
import type { Random } from '../random.js';
import { bodyHalfWidth, place, wallAt, type Build } from './anatomy.js';

/** Attenuation a centimetre at about 110 kV. */
export const softTissue = 0.19;
export const airedLung = 0.066;

const step = (value: number, width: number) => 1 / (1 + Math.exp(-value / width));

/** What depends on the height alone, worked out once a row. */
function rowOf(build: Build, y: number) {
  const down = (y - build.top) / build.height + 0.115;
  return {
    down,
    half: bodyHalfWidth(build, y),
    thickness: build.chestThickness * (1 - 0.42 * step(0.1 - down, 0.035)),
    girdle: 0.5 * step(0.42 - down, 0.05),
    belly: 1 + 0.1 * step(down - 0.75, 0.03),
    pectoral: 1.6 * Math.exp(-(((down - 0.33) / 0.13) ** 2)),
    breast: Math.exp(-(((down - 0.6) / 0.11) ** 4)),
    wall: wallAt(down),
    // Centimetres that ribs and muscle add where a ray runs along the chest wall.
    lining: 2.6 * Math.min(1, Math.max(0, (down - 0.15) / 0.1)),
  };
}

/**
 * Attenuation of everything that is neither bone nor vessel: trunk, lungs with their opacities, gas below the
 * diaphragm.
 *
 * @param air centimetres of lung along each ray
 * @param opacity share of that air which is replaced, 0 to 1
 */
export function softParts(build: Build, air: Field, opacity: Field, random: Random): Field {
  const { size } = air;
  const fat = cloud(size, 4, 3, random);
  const [gasX, gasY] = place(build, 1, 0.15 + random.between(-0.03, 0.03), 0.83 + build.dome.left);
  const bubble = random.between(0.03, 0.055);
  const breast = random.between(0, 1.6);
  const field = createField(size);
  for (let row = 0, i = 0; row < size; row++) {
    const y = (row + 0.5) / size;
    const at = rowOf(build, y);
    for (let column = 0; column < size; column++, i++) {
      const x = (column + 0.5) / size;
      const off = Math.abs(x - build.midline);
      const across = off / at.half;
      if (across >= 1) {
        field.data[i] = 0.02;
        continue;
      }
      const girdle = at.girdle * Math.min(1, Math.max(0, (off - 0.12) / 0.3));
      const rim = across < 0.4 ? 1 : (1 - across ** 7) ** 0.6;
      const thickness = at.thickness * (1 - girdle) * rim * (1 + 0.02 * (fat.data[i] ?? 0));
      const beyond = off / build.width - at.wall - 0.012;
      const layers =
        at.pectoral * Math.exp(-(((across - 0.55) / 0.25) ** 2)) +
        breast * at.breast * Math.exp(-(((across - 0.48) / 0.24) ** 4)) +
        (Math.abs(beyond) < 0.05 ? at.lining * Math.exp(-((beyond / 0.017) ** 2)) : 0);
      const gas = Math.max(0, 1 - ((x - gasX) / (bubble * 1.9)) ** 2 - ((y - gasY) / bubble) ** 2);
      const lung = (air.data[i] ?? 0) * (1 - Math.min(1, opacity.data[i] ?? 0));
      field.data[i] =
        softTissue * (thickness * at.belly + layers - 5 * Math.sqrt(gas)) * 0.92 -
        (softTissue - airedLung) * lung;
    }
  }
  return field;
}
