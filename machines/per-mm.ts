/** What `createMachine` takes as the states of a flat chart that is generated for a number of mms. */
export type States = Record<string, { description: string; on: Record<string, string> }>;

/** The concatenation over all mms: charts that speak of owners have some states and edges once per mm. */
export function perMm<T>(mms: number, of: (mm: number) => readonly T[]): readonly T[] {
  return Array.from({ length: mms }, (_, mm) => of(mm)).flat();
}
