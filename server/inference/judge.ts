import { interpret, refusedByContext } from './interpret.js';
import type { LoadedModel } from './manifest.js';
import { isWithoutContent } from './preprocess.js';
import type { EngineOutput, Picture, PictureContext, Prediction } from './types.js';

/**
 * The judgement of one picture: `interpret` on the network's output, and never a finding on a picture that
 * holds nothing. Pure; serving, `classify` and `evaluate` share it.
 *
 * @throws RangeError when the network gave a value that is not finite: no probability may come of it
 */
export function judge(
  picture: Picture,
  output: EngineOutput,
  model: LoadedModel,
  context: PictureContext,
): Prediction {
  const finite = (values: Float32Array) => values.every((value) => Number.isFinite(value));
  if (!finite(output.logitsMap) || !finite(output.features)) {
    throw new RangeError('the network gave values that are not finite');
  }
  const prediction = interpret(output, model, context, picture);
  if (refusedByContext(context) !== null || !isWithoutContent(picture)) return prediction;
  return { ...prediction, abstainCode: 'IMAGE_WITHOUT_CONTENT' };
}
