import { byId } from './dom.js';
import type { ImageView, Overlay } from './image-view.js';

const kinds = ['heatmap', 'regions'] as const;
export type OverlayKind = (typeof kinds)[number];

/** The buttons that lay a heatmap, or the involved regions of a CT slice, over the picture; one at a time. */
export function connectOverlays(view: ImageView) {
  const nothing: Record<OverlayKind, Overlay | null> = { heatmap: null, regions: null };
  let chosen: OverlayKind | null = null;
  let offered = nothing;
  /** The address that is laid over the picture, empty for none; null when that is not known. */
  let laid: string | null = null;

  const render = () => {
    for (const kind of kinds) {
      const button = byId(kind);
      button.setAttribute('aria-disabled', String(offered[kind] === null));
      button.setAttribute('aria-pressed', String(chosen === kind && offered[kind] !== null));
    }
    // Loaded before it is asked for, so that it is there at once.
    const overlay = offered[chosen ?? 'heatmap'];
    if ((overlay?.url ?? '') !== laid) view.setOverlay(overlay);
    laid = overlay?.url ?? '';
    view.showOverlay(chosen !== null);
  };
  const toggle = (kind: OverlayKind) => {
    if (offered[kind] === null) return;
    chosen = chosen === kind ? null : kind;
    render();
  };
  for (const kind of kinds) byId(kind).addEventListener('click', () => toggle(kind));

  return {
    toggle,
    /** Another picture or stack comes: nothing is laid over it until the reader asks for it. */
    clear() {
      chosen = null;
      offered = nothing;
      byId('regions').hidden = true;
      render();
    },
    /**
     * What there is for the picture on the stage, which has no overlay yet; in a stack the choice stays from slice to
     * slice.
     *
     * @param regionsUrl undefined where no picture of the kind has regions
     */
    offer(heatmap: Overlay | null, regionsUrl: string | null | undefined) {
      byId('regions').hidden = regionsUrl === undefined;
      offered = { heatmap, regions: regionsUrl ? { url: regionsUrl, opacity: 1 } : null };
      laid = null;
      render();
    },
  };
}
