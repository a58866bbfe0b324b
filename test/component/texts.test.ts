import { describe, expect, it } from 'vitest';
import { en } from '../../component/texts/en.js';
import { zhCn } from '../../component/texts/zh-cn.js';
import {
  abstainTexts,
  ctAbstainTexts,
  failureTexts,
  seriesWarnings,
} from '../../server/triage/problem-texts.js';

const chinese = /\p{Script=Han}/u;

// The element is translated by code; what it says in English must be what the server says.
describe('the texts of problems', () => {
  const texts = Object.entries({ ...abstainTexts, ...ctAbstainTexts, ...failureTexts });

  it.each(texts)('%s reads the same from the server and in the element, and is translated', (code, text) => {
    expect(en.problems[code]).toEqual(text);
    expect(zhCn.problems[code]?.message).toMatch(chinese);
    expect(zhCn.problems[code]?.advice).toMatch(chinese);
  });

  it.each(Object.entries(seriesWarnings))('the warning %s reads the same and is translated', (code, text) => {
    expect(en.warningTexts[code]?.('', '')).toBe(text);
    expect(zhCn.warningTexts[code]?.('', '')).toMatch(chinese);
  });

  it('has every text of one language in the other', () => {
    const keys = (texts: object): string[] =>
      Object.entries(texts).flatMap(([key, value]) =>
        typeof value === 'object' && !Array.isArray(value)
          ? keys(value as object).map((inner) => `${key}.${inner}`)
          : [key],
      );
    expect(keys(zhCn).sort()).toEqual(keys(en).sort());
  });

  it('is written in Chinese wherever English has a word', () => {
    const plain = (value: unknown, path: string): string[] => {
      if (typeof value === 'string')
        return chinese.test(value) || path === 'tag' ? [] : [`${path}: ${value}`];
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([key, inner]) => plain(inner, `${path}${path && '.'}${key}`));
    };
    expect(plain(zhCn, '')).toEqual([]);
  });
});
