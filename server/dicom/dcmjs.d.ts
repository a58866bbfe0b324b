declare module 'dcmjs' {
  interface Element {
    vr: string;
    Value?: unknown[];
  }
  const dcmjs: {
    data: {
      DicomMessage: {
        readFile(
          buffer: ArrayBufferLike,
          options?: { ignoreErrors?: boolean; untilTag?: string; includeUntilTagValue?: boolean },
        ): { meta: Record<string, Element>; dict: Record<string, Element> };
      };
    };
    log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
