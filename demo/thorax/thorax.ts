import { setImmediate as nextTurn } from 'node:timers/promises';
import { cloud, fieldFrom, resize, type Field } from '../field.js';
import { expose, exposureOf, type Film } from '../film.js';
import { createRandom } from '../random.js';
import { drawTubes, insideDistance, type Tube } from '../shapes.js';
import {
  buildOf,
  heartOutline,
  lungOutline,
  mediastinumOutline,
  place,
  type Build,
  type Side,
} from './anatomy.js';
import { skeleton } from './bones.js';
import { measure, opacities, type Disease, type LungMaps, type Truth } from './opacities.js';
import { softParts } from './trunk.js';
import { airways, vessels } from './vessels.js';

export interface ThoraxOptions {
  /** Decides the body; films of one person share it. */
  person: string;
  /** Decides noise, exposure and the opacities' shapes. */
  seed: string;
  disease: Disease;
  /** PA standing, or AP at the bedside: larger heart, less air, a flatter picture. */
  view: 'PA' | 'AP';
  /** Side of the picture in pixels. */
  size?: number;
}

/** Depth of a rounded body at a distance inside its outline: full beyond `rim`. */
const rounded = (inside: number, rim: number) =>
  inside <= 0 ? 0 : inside >= rim ? 1 : Math.sqrt(1 - (1 - inside / rim) ** 2);

/** A frontal chest film of nobody, with its known truth. The same options give the same film to the bit. */
export async function thoraxFilm(options: ThoraxOptions): Promise<Film & { truth: Truth }> {
  const size = options.size ?? 768;
  const coarse = size / 2;
  const body = createRandom(`body ${options.person}`);
  const shot = createRandom(`shot ${options.person} ${options.seed}`);
  const build = buildOf(body, options.view);
  const maps = lungMaps(build, coarse);
  const disease = opacities(coarse, maps, options.disease, shot);
  const truth = measure(disease, maps, options.disease);
  const air = airDepth(build, maps, coarse);

  const soft = softParts(build, air, disease, body);
  await nextTurn();
  const total = resize(soft, size);
  const aired = resize(air, size);
  const filled = resize(disease, size);
  const bone = skeleton(size, build, body, body.between(0.85, 1.1));
  await nextTurn();
  const tree = vessels(size, build, body);
  await nextTurn();
  const wind = airways(size, build);
  const bronchi = bronchogram(size, build, options.disease);
  const grain = cloud(size, 110, 2, body, 0.7);
  await nextTurn();
  for (let i = 0; i < total.data.length; i++) {
    // Vessels are seen against air only: not in the heart, not in a consolidation.
    const seen = Math.min(1, (aired.data[i] ?? 0) / 9) * (1 - 0.85 * (filled.data[i] ?? 0));
    total.data[i] =
      (total.data[i] ?? 0) +
      (bone.data[i] ?? 0) +
      (tree.data[i] ?? 0) * seen +
      0.022 * (grain.data[i] ?? 0) * seen -
      0.34 * (wind.data[i] ?? 0) -
      (bronchi.data[i] ?? 0) * (filled.data[i] ?? 0);
  }
  marker(total, build);
  await nextTurn();
  return { ...(await expose(total, exposureOf(shot, options.view), shot)), truth };
}

function lungMaps(build: Build, size: number): LungMaps {
  const of = (side: Side) => {
    const outline = lungOutline(build, side);
    const heights = outline.map(([, y]) => y);
    return {
      distance: insideDistance(outline, size),
      span: { top: Math.min(...heights), bottom: Math.max(...heights) },
    };
  };
  const right = of(-1);
  const left = of(1);
  return {
    distance: { right: right.distance, left: left.distance },
    span: { right: right.span, left: left.span },
    midline: build.midline,
  };
}

/** Centimetres of lung along each ray: the pleural cavity less heart and great vessels, which lie in it. */
function airDepth(build: Build, maps: LungMaps, size: number): Field {
  const heart = insideDistance(heartOutline(build), size);
  const vesselsInside = insideDistance(mediastinumOutline(build), size);
  const hidden = 2.2;
  return fieldFrom(size, (x, y, i) => {
    const side = x < build.midline ? 'right' : 'left';
    const inside = maps.distance[side].data[i] ?? 0;
    if (inside <= 0) return 0;
    const { top, bottom } = maps.span[side];
    const down = (y - top) / (bottom - top);
    const thickest = 0.78 * build.chestThickness * (0.55 + 0.45 * Math.min(1, down / 0.45));
    const depth = thickest * rounded(inside, 0.1);
    const filled =
      0.78 * build.chestThickness * rounded(heart.data[i] ?? 0, 0.085) +
      build.chestThickness * rounded(vesselsInside.data[i] ?? 0, 0.045);
    return Math.max(Math.min(depth, hidden), depth - filled);
  });
}

/** Bronchi that keep their air inside a consolidation. */
function bronchogram(size: number, build: Build, disease: Disease): Field {
  const field: Field = { size, data: new Float32Array(size * size) };
  if (disease.finding !== 'PNEUMONIA') return field;
  const random = createRandom(`bronchi ${build.midline}`);
  const tubes: Tube[] = [];
  for (let i = 0; i < 5; i++) {
    const angle = 0.25 + i * 0.24 + random.between(-0.06, 0.06);
    const at = (along: number, bend: number) =>
      place(build, disease.side, 0.08 + along * Math.cos(angle + bend), 0.5 + along * Math.sin(angle + bend));
    tubes.push({
      path: [at(0, 0), at(0.07, 0.05), at(0.14, -0.04), at(0.2, 0.03)],
      radius: (t) => 0.0055 - 0.0032 * t,
    });
  }
  drawTubes(field, tubes, (q) => 0.22 * Math.sqrt(1 - q * q), 'strongest');
  return field;
}

/** The lead letter that marks the patient's left side. */
function marker(total: Field, build: Build): void {
  const [x, y] = [build.midline + 0.42, 0.05];
  const path: Tube['path'] = [
    [x, y - 0.018],
    [x, y + 0.018],
    [x + 0.018, y + 0.018],
  ];
  drawTubes(total, [{ path, radius: () => 0.0035 }], () => 3.5, 'add');
}
