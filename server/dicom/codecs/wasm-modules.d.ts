// The codecs' packages carry no types. Only what is used here is declared.
interface WasmFrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned?: boolean;
  isUsingColorTransform?: boolean;
}

interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): WasmFrameInfo;
  /** JPEG-LS: 0 planes, 1 lines, 2 samples. */
  getInterleaveMode?(): number;
}

interface WasmEncoder {
  getDecodedBuffer(info: WasmFrameInfo): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  encode(): void;
  setNearLossless?(near: number): void;
  setInterleaveMode?(mode: number): void;
  setQuality?(lossless: boolean, quantisation: number): void;
  setDecompositions?(levels: number): void;
  setProgressionOrder?(order: number): void;
  setCompressionRatio?(layer: number, ratio: number): void;
}

interface WasmCodec {
  JpegLSDecoder: new () => WasmDecoder;
  J2KDecoder: new () => WasmDecoder;
  HTJ2KDecoder: new () => WasmDecoder;
  JpegLSEncoder: new () => WasmEncoder;
  J2KEncoder: new () => WasmEncoder;
  HTJ2KEncoder: new () => WasmEncoder;
}

type WasmFactory = (options: {
  print?: (line: string) => void;
  printErr?: (line: string) => void;
}) => Promise<WasmCodec>;

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-charls/wasmjs' {
  const factory: WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/wasmjs' {
  const factory: WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: WasmFactory;
  export default factory;
}
