import { sql } from 'kysely';
import type { Db, TriageInvolvementRow, TriageSliceRow } from '../database/types.js';

/** A judged slice without its pictures, and which of them it has. */
export type SliceSummary = Omit<TriageSliceRow, 'heatmap' | 'overlay' | 'width' | 'height'> & {
  hasHeatmap: boolean;
  hasOverlay: boolean;
};
export type InvolvementSummary = Omit<TriageInvolvementRow, 'lungMap'>;

/** The judged slices of CT triages, the lowest first. */
export function slicesOfTriages(db: Db, ids: readonly string[]): Promise<SliceSummary[]> {
  return db
    .selectFrom('triageSlice')
    .select(['triageId', 'index', 'positionMm', 'sopInstanceUid', 'frameNumber', 'covidProbability'])
    .select(['involvementPercent', 'evidence'])
    .select(sql<boolean>`heatmap is not null`.as('hasHeatmap'))
    .select(sql<boolean>`overlay is not null`.as('hasOverlay'))
    .where('triageId', 'in', ids)
    .orderBy('index')
    .execute();
}

/** How much of the lungs is involved, of CT triages; none for X-rays. */
export function involvementOfTriages(db: Db, ids: readonly string[]): Promise<InvolvementSummary[]> {
  return db
    .selectFrom('triageInvolvement')
    .select(['triageId', 'percent', 'leftPercent', 'rightPercent', 'zones', 'score'])
    .where('triageId', 'in', ids)
    .execute();
}

/** The pictures of a slice; undefined where there is none of the triage and index. */
export function slicePictures(
  db: Db,
  triageId: string,
  index: number,
): Promise<Pick<TriageSliceRow, 'heatmap' | 'overlay' | 'width' | 'height'> | undefined> {
  return db
    .selectFrom('triageSlice')
    .select(['heatmap', 'overlay', 'width', 'height'])
    .where('triageId', '=', triageId)
    .where('index', '=', index)
    .executeTakeFirst();
}

/** The lung map, a PNG; undefined where there is none of the triage. */
export function lungMapOf(db: Db, triageId: string): Promise<{ lungMap: Buffer } | undefined> {
  return db
    .selectFrom('triageInvolvement')
    .select('lungMap')
    .where('triageId', '=', triageId)
    .executeTakeFirst();
}
