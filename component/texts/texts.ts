import { en, type Texts } from './en.js';
import { zhCn } from './zh-cn.js';

export type { Texts } from './en.js';

/** The texts for a language tag (BCP 47); English where there are none. */
export function textsFor(tag: string): Texts {
  return tag.toLowerCase().startsWith('zh') ? zhCn : en;
}

/** Numbers and instants as a reader of the language expects them. */
export function formats({ tag }: Texts) {
  const whole = new Intl.NumberFormat(tag, { style: 'percent' });
  const score = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const instant = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(tag, { dateStyle: 'medium' });
  const valid = (iso: string) => !Number.isNaN(Date.parse(iso));
  return {
    /** A probability, 0 to 1. Never rounded to certainty. */
    percent(value: number): string {
      if (value > 0 && value < 0.005) return `< ${whole.format(0.01)}`;
      if (value < 1 && value >= 0.995) return `> ${whole.format(0.99)}`;
      return whole.format(value);
    },
    score: (value: number) => score.format(value),
    instant: (iso: string) => (valid(iso) ? instant.format(new Date(iso)) : iso),
    day: (iso: string | null, otherwise: string) =>
      iso === null ? otherwise : valid(iso) ? day.format(new Date(iso)) : iso,
  };
}

export type Formats = ReturnType<typeof formats>;
