import { text } from './texts.js';

/** How sending one file ended, in words for its sender. */
export interface SendOutcome {
  stored: boolean;
  message: string;
  /** Study the file belongs to, when the server says. */
  studyInstanceUid: string | null;
}

type DicomJson = Record<string, { Value?: unknown[] }>;

/**
 * Sends one file by STOW-RS (PS3.18 10.5), a request of its own, so that its progress and failure are its own.
 *
 * @param onProgress called with the share sent, 0 to 1
 */
export function sendFile(file: File, onProgress: (share: number) => void): Promise<SendOutcome> {
  const boundary = `viewer-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const body = new Blob([
    `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
    file,
    `\r\n--${boundary}--\r\n`,
  ]);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/dicom-web/studies');
    request.setRequestHeader(
      'Content-Type',
      `multipart/related; type="application/dicom"; boundary=${boundary}`,
    );
    request.setRequestHeader('Accept', 'application/dicom+json');
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(outcomeOf(request.status, request.responseText));
    request.onerror = () =>
      resolve({ stored: false, message: text('failedNetwork'), studyInstanceUid: null });
    request.send(body);
  });
}

/** Reads a store response (PS3.18 10.5.3, PS3.3 C.12.1.1.16 for the sequences). */
export function outcomeOf(status: number, body: string): SendOutcome {
  const answer = parse(body);
  const referenced = firstItem(answer, '00081199');
  const failed = firstItem(answer, '00081198');
  if (referenced && !failed) {
    const url = firstValue(referenced, '00081190') ?? firstValue(answer, '00081190');
    const studyInstanceUid = /\/studies\/([\d.]+)/.exec(String(url ?? ''))?.[1] ?? null;
    const warning = firstValue(referenced, '00081196');
    const comment = commentOf(referenced);
    const message =
      warning === undefined && comment === undefined
        ? text('stored')
        : text('storedWithWarning', {
            reason: warning === undefined ? (comment ?? '') : reasonOf(Number(warning)),
          });
    return { stored: true, message, studyInstanceUid };
  }
  if (!failed && status >= 200 && status < 300) {
    return { stored: true, message: text('stored'), studyInstanceUid: null };
  }
  const code = firstValue(failed ?? {}, '00081197');
  const reason =
    code === undefined ? reasonOfStatus(status) : reasonOf(Number(code), commentOf(failed ?? {}));
  return { stored: false, message: text('failedStatus', { reason }), studyInstanceUid: null };
}

/** Failure and warning reasons of PS3.18 table 10.5.3-2 and PS3.4 GG.4.2. */
function reasonOf(code: number, comment = ''): string {
  if (code === 0x0110) return text('reasonProcessing');
  if (code === 0x0111) return text('reasonDuplicate');
  if (code === 0xb000) return text('reasonDemographics');
  if (code === 0xb006) return text('reasonAttributes');
  if (code === 0x0122 || code === 0x0124) return text('reasonUnsupported');
  if (code >= 0xa700 && code <= 0xa7ff) return text('reasonResources');
  if ((code >= 0xa900 && code <= 0xa9ff) || (code >= 0xc000 && code <= 0xcfff)) return text('reasonNotDicom');
  // Only what has no words of ours is told in the server's.
  return comment || text('reasonCode', { code: `0x${code.toString(16).toUpperCase().padStart(4, '0')}` });
}

function reasonOfStatus(status: number): string {
  switch (status) {
    case 400:
      return text('reasonNotDicom');
    case 409:
      return text('reasonDuplicate');
    case 413:
      return text('reasonTooLarge');
    case 415:
      return text('reasonUnsupported');
    case 503:
    case 507:
      return text('reasonResources');
    default:
      return text('reasonCode', { code: status });
  }
}

function parse(body: string): DicomJson {
  try {
    const value: unknown = JSON.parse(body);
    return ((Array.isArray(value) ? value[0] : value) ?? {}) as DicomJson;
  } catch {
    return {};
  }
}

function firstValue(item: DicomJson, tag: string): unknown {
  return item[tag]?.Value?.[0];
}

function firstItem(item: DicomJson, tag: string): DicomJson | null {
  const value = firstValue(item, tag);
  return typeof value === 'object' && value !== null ? (value as DicomJson) : null;
}

/** Error Comment (0000,0902), which servers may add with words of their own. */
function commentOf(item: DicomJson): string | undefined {
  const comment = firstValue(item, '00000902');
  return typeof comment === 'string' && comment !== '' ? comment : undefined;
}
