// When a study was made: DICOM dates and times, which name a zone or mean the clinic's.

/** A DA value, or one of ACR-NEMA, `YYYY.MM.DD`, as `YYYY-MM-DD`; null where it is no date (PS3.5 6.2). */
export function dateOf(text: string | null): string | null {
  const match = /^(\d{4})(\.?)(\d\d)\2(\d\d)$/.exec(text ?? '');
  if (!match) return null;
  const iso = `${match[1]}-${match[3]}-${match[4]}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : null;
}

/** Minutes east of UTC that Timezone Offset From UTC (0008,0201) says, -1200 to +1400; null where it is none. */
function offsetOf(text: string | null): number | null {
  const match = /^([+-])(\d\d)(\d\d)$/.exec(text ?? '');
  if (!match) return null;
  const minutes = (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -1 : 1);
  return minutes >= -720 && minutes <= 840 ? minutes : null;
}

/** Minutes east of UTC in a zone of the IANA database at an instant. */
function zoneOffset(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(
    instant,
  );
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  return match ? (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -1 : 1) : 0;
}

/**
 * The instant of a Study Date and Study Time. They are meant in the zone that Timezone Offset From UTC names, else in
 * the clinic's (PS3.3 C.12.1.1.8). A date without a usable time is its noon: midnight would be the day before for a
 * reader a little further west.
 *
 * @param timeZone the clinic's, of the IANA database
 * @returns null without a valid date
 */
export function studyInstant(
  study: { studyDate: string | null; studyTime: string | null; timezoneOffset: string | null },
  timeZone: string,
): Date | null {
  const day = dateOf(study.studyDate);
  if (day === null) return null;
  // With colons in ACR-NEMA (PS3.5 6.2).
  const time = /^([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60))?)?/.exec(study.studyTime ?? '');
  const [, hours = '12', minutes = '00', seconds = '00'] = time ?? [];
  // A leap second, which JavaScript does not know.
  const wall = Date.parse(`${day}T${hours}:${minutes}:${seconds === '60' ? '59' : seconds}Z`);
  const stated = offsetOf(study.timezoneOffset);
  if (stated !== null) return new Date(wall - stated * 60_000);
  // The zone's offset depends on the instant that is looked for: the second guess is right on both sides of a change.
  const guess = wall - zoneOffset(wall, timeZone) * 60_000;
  return new Date(wall - zoneOffset(guess, timeZone) * 60_000);
}
