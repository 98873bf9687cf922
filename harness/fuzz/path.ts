import { InputError } from "../../model/failure.ts";

/** The number of a run, then the number of each shrink taken. */
const PATH = /^\d{1,9}(:\d{1,9})*$/;

/** - **Errors**: `InputError` BAD-PATH for what is no path, and for shrinks of a run that is not drawn as a schedule. */
export function checkPath(path: string, shrinks: boolean): void {
  if (!PATH.test(path) || (!shrinks && path.includes(":"))) throw badPath(path);
}

export function badPath(path: string): InputError {
  return new InputError(
    "BAD-PATH",
    `path ${path} leads to no run of this campaign`,
    "repeat the command that was printed, its --seed, --steps, --strategy and --scope included",
  );
}
