import { contentBox } from '../server/inference/borders.js';
import { lungBox, type LungAtlas } from '../server/inference/lung-box.js';
import { mean } from '../server/inference/numbers.js';
import { within } from '../server/inference/preprocess.js';
import { resample } from '../server/inference/resample.js';
import type { Picture } from '../server/inference/types.js';

const side = 24;

/** Mean 0 and deviation 1. */
function standard(values: ArrayLike<number>): number[] {
  const list = Array.from(values);
  const centre = mean(list);
  const deviation = Math.sqrt(mean(list.map((value) => (value - centre) ** 2))) || 1;
  return list.map((value) => (value - centre) / deviation);
}

/**
 * The mean chest film, made without any mark drawn by hand: films are averaged, each is laid over the mean, the
 * average is taken again, and so on (congealing; Learned-Miller 2006, doi:10.1109/TPAMI.2006.34). The common part
 * of chest films is lungs between body, so the boxes close in on them.
 *
 * @param films frontal films, some hundreds of all sources
 */
export function buildAtlas(films: Picture[], rounds = 5): LungAtlas {
  const average = (boxOf: (film: Picture) => ReturnType<typeof contentBox>) => {
    const sum = new Array<number>(side * side).fill(0);
    for (const film of films) {
      standard(resample(film, boxOf(film), side, side)).forEach((value, i) => {
        sum[i] = (sum[i] ?? 0) + value;
      });
    }
    return standard(sum);
  };
  let template = average((film) => {
    const { x, y, width, height } = contentBox(film);
    const square = Math.round(Math.min(width, height) * 0.95);
    return {
      x: x + Math.floor((width - square) / 2),
      y: y + Math.floor((height - square) / 2),
      width: square,
      height: square,
    };
  });
  for (let round = 0; round < rounds; round++) {
    const atlas = { side, template };
    template = average((film) => {
      const content = contentBox(film);
      return within(content, lungBox(film, content, atlas).box);
    });
  }
  return { side, template: template.map((value) => Number(value.toFixed(3))) };
}
