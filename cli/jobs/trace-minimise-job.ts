import { findDesign, type Minimisation, type MinimiseRequest, minimiseTraceFile } from "../../index.ts";
import type { JobControl } from "../job.ts";

/** Which recording is cut down for which design. */
export type TraceMinimiseJob = Omit<MinimiseRequest, keyof JobControl> & { readonly design: string };

export function runTraceMinimise({ design, ...request }: TraceMinimiseJob, control: JobControl): Promise<Minimisation> {
  const { onProgress, shouldStop } = control;
  return minimiseTraceFile(findDesign(design), { ...request, onProgress, shouldStop });
}
