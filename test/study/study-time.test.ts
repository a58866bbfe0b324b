import { expect, it } from 'vitest';
import { studyInstant } from '../../server/study/study-time.js';

const instant = (
  studyDate: string | null,
  studyTime: string | null,
  zone = 'UTC',
  offset: string | null = null,
) => studyInstant({ studyDate, studyTime, timezoneOffset: offset }, zone)?.toISOString() ?? null;

it('reads date and time in the zone that the image names', () => {
  expect(instant('20200315', '233000', 'UTC', '+0100')).toBe('2020-03-15T22:30:00.000Z');
  expect(instant('20200315', '233000', 'Asia/Shanghai', '-0500')).toBe('2020-03-16T04:30:00.000Z');
});

it("else in the clinic's zone, on both sides of a change of the clock", () => {
  expect(instant('20200315', '003000', 'Asia/Shanghai')).toBe('2020-03-14T16:30:00.000Z');
  expect(instant('20200329', '013000', 'Europe/Berlin')).toBe('2020-03-29T00:30:00.000Z');
  expect(instant('20200329', '033000', 'Europe/Berlin')).toBe('2020-03-29T01:30:00.000Z');
  expect(instant('20201101', '233000', 'America/New_York')).toBe('2020-11-02T04:30:00.000Z');
});

it('does not care about an offset that is none', () => {
  expect(instant('20200315', '100000', 'Europe/Berlin', '+9900')).toBe('2020-03-15T09:00:00.000Z');
});

it.each(['America/Los_Angeles', 'UTC', 'Asia/Shanghai', 'Pacific/Auckland'])(
  'shows a date without a time as the same day, and a time as the same day in the clinic: %s',
  (timeZone) => {
    const shown = (date: Date | null, zone: string) =>
      date?.toLocaleDateString('en-CA', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
      });
    const study = { studyDate: '20200315', timezoneOffset: null };
    for (const studyTime of ['000000', '235959.999', '12']) {
      expect(shown(studyInstant({ ...study, studyTime }, timeZone), timeZone)).toBe('2020-03-15');
    }
    const dated = studyInstant({ ...study, studyTime: null }, timeZone);
    expect(shown(dated, timeZone)).toBe('2020-03-15');
  },
);

it('has no instant without a valid date, and a day without a valid time', () => {
  expect(instant(null, '101500')).toBeNull();
  expect(instant('20200230', '101500')).toBeNull();
  expect(instant('20200315', '997799')).toBe('2020-03-15T12:00:00.000Z');
  expect(instant('20200315', '235960')).toBe('2020-03-15T23:59:59.000Z');
});

it('reads the old form of dates and times', () => {
  expect(instant('2026.11.20', '10:15:30')).toBe('2026-11-20T10:15:30.000Z');
  expect(instant('2026.1120', '101530')).toBeNull();
  expect(instant('2026.02.30', '101530')).toBeNull();
});
