import type { LookupTable, VoiFunction, Window } from './frame.js';
import { lookUp } from './lookup-tables.js';

/**
 * Applies a window (PS3.3 C.11.2.1.2 LINEAR, C.11.2.1.3.1 SIGMOID, C.11.2.1.3.2 LINEAR_EXACT).
 *
 * @returns a value from 0 to `max`
 */
export function applyWindow(value: number, window: Window, kind: VoiFunction, max = 255): number {
  const { center, width } = window;
  switch (kind) {
    case 'LINEAR': {
      const half = (width - 1) / 2;
      if (value <= center - 0.5 - half) return 0;
      if (value > center - 0.5 + half) return max;
      return ((value - (center - 0.5)) / (width - 1) + 0.5) * max;
    }
    case 'LINEAR_EXACT':
      if (value <= center - width / 2) return 0;
      if (value > center + width / 2) return max;
      return ((value - center) / width + 0.5) * max;
    case 'SIGMOID':
      return max / (1 + Math.exp((-4 * (value - center)) / width));
  }
}

/** Applies a VOI LUT (PS3.3 C.11.2.1.1), scaled from 0 to 255. */
export function applyTable(value: number, table: LookupTable, maximum: number): number {
  return (lookUp(table, value) / maximum) * 255;
}
