import { describe, expect, it } from 'vitest';
import { contentBox } from '../../server/inference/borders.js';
import { inputBox, isWithoutContent, toModelInput } from '../../server/inference/preprocess.js';
import { resample } from '../../server/inference/resample.js';
import type { Picture } from '../../server/inference/types.js';
import { drawChest } from './generated.js';

const input = {
  width: 64,
  height: 64,
  channels: 1 as const,
  range: [-1, 1] as [number, number],
  percentiles: [0.01, 0.01] as [number, number],
  maxAspect: 1.25,
};

function framed({ width, height, pixels }: Picture, margin: number, value: number): Picture {
  const wide = width + 2 * margin;
  const result = new Uint8Array(wide * (height + 2 * margin)).fill(value);
  for (let y = 0; y < height; y++) {
    result.set(pixels.subarray(y * width, (y + 1) * width), (y + margin) * wide + margin);
  }
  return { width: wide, height: height + 2 * margin, pixels: result };
}

describe('preprocessing', () => {
  const chest = drawChest(0, 1);

  it('gives the same values for the same picture, all within the range', () => {
    const values = toModelInput(chest, input);
    expect(values).toEqual(toModelInput(chest, input));
    expect(values).toHaveLength(64 * 64);
    expect(Math.min(...values)).toBe(-1);
    expect(Math.max(...values)).toBe(1);
  });

  it.each([0, 255])('does not see a uniform frame of grey value %i', (value) => {
    const box = contentBox(framed(chest, 20, value));
    expect(box).toEqual({ x: 20, y: 20, width: chest.width, height: chest.height });
    expect(toModelInput(framed(chest, 20, value), input)).toEqual(toModelInput(chest, input));
  });

  it('does not see a change of exposure', () => {
    const bright = { ...chest, pixels: chest.pixels.map((value) => 20 + Math.round(value * 0.5)) };
    const [a, b] = [toModelInput(chest, input), toModelInput(bright, input)];
    const difference = a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
    expect(difference).toBeLessThan(0.02);
  });

  it('crops a long picture about its centre', () => {
    const long = { width: 400, height: 100, pixels: drawChest(0, 1, 400, 100).pixels };
    expect(inputBox(long, input)).toEqual({ x: 137, y: 0, width: 125, height: 100 });
  });

  it('gives nearly the same values for a film and its reduction', () => {
    const large = drawChest(2, 5, 640, 576);
    const pixels = Uint8Array.from(
      resample(large, { x: 0, y: 0, width: 640, height: 576 }, 320, 288),
      Math.round,
    );
    const [a, b] = [toModelInput(large, input), toModelInput({ width: 320, height: 288, pixels }, input)];
    expect(a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length).toBeLessThan(0.03);
  });

  it('recognises a picture without content', () => {
    expect(isWithoutContent({ width: 100, height: 100, pixels: new Uint8Array(10_000).fill(7) })).toBe(true);
    expect(isWithoutContent(chest)).toBe(false);
  });
});
