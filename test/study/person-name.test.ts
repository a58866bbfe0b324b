import { expect, it } from 'vitest';
import { displayName } from '../../server/study/person-name.js';

it.each<[string | null, string | null]>([
  ['Doe^Jane^Mary^Dr', 'Doe, Jane Mary'],
  ['Wang^XiaoDong=王^小东=', 'Wang, XiaoDong'],
  ['=王^小东=', '王, 小东'],
  ['==おう^しょうとう', 'おう, しょうとう'],
  ['^^=王小东', '王小东'],
  ['^Jane', 'Jane'],
  [' =', null],
  ['^^^=^=', null],
  ['', null],
  [null, null],
])('shows %s as %s', (name, shown) => expect(displayName(name)).toBe(shown));
