/** A linear VOI window (PS3.3 C.11.2.1.2), in the picture's own units. */
export interface Window {
  center: number;
  width: number;
}

/** The window that a picture is first shown with; `known` is false when the server did not say which it used. */
export interface DefaultWindow extends Window {
  known: boolean;
}

const eightBit: DefaultWindow = { center: 127.5, width: 255, known: false };

/** Reads the window a picture states in its own attributes, from the DICOM JSON of its metadata. */
export async function readWindow(metadataUrl: string, signal: AbortSignal): Promise<DefaultWindow> {
  try {
    const response = await fetch(metadataUrl, { headers: { accept: 'application/dicom+json' }, signal });
    if (!response.ok) return eightBit;
    const answer: unknown = await response.json();
    const item = (Array.isArray(answer) ? answer[0] : answer) as Record<string, { Value?: unknown[] }> | null;
    const center = Number(item?.['00281050']?.Value?.[0]);
    const width = Number(item?.['00281051']?.Value?.[0]);
    return Number.isFinite(center) && width > 0 ? { center, width, known: true } : eightBit;
  } catch (error) {
    if (signal.aborted) throw error;
    return eightBit;
  }
}

/**
 * Table from the grey levels of a picture that was rendered with one window to those of another: an immediate
 * preview while dragging, before the server renders it from the stored bits.
 */
export function lookUp(rendered: Window, wanted: Window): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256);
  for (let level = 0; level < 256; level++) {
    const value = rendered.center + (level / 255 - 0.5) * rendered.width;
    table[level] = ((value - wanted.center) / wanted.width + 0.5) * 255;
  }
  return table;
}

/** Moves a window by shares of the first one: level up or down, contrast by a factor. */
export function adjust(window: Window, first: Window, level: number, widen: number): Window {
  const width = Math.min(first.width * 8, Math.max(first.width / 64, window.width * Math.exp(widen)));
  const reach = first.width * 2;
  const center = Math.min(
    first.center + reach,
    Math.max(first.center - reach, window.center + level * first.width),
  );
  return { center, width };
}
