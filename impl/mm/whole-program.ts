import { defineProgram, type Program } from "../../model/program.ts";

/** A program that is part of the whole allocator only: a world of the fast path has no step of it. */
export function defineWholeProgram(definition: Omit<Program, "indexOf">): Program {
  return defineProgram({ ...definition, steps: definition.steps.map((step) => ({ ...step, whole: true })) });
}
