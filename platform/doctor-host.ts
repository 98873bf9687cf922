import { createHash } from "node:crypto";
import { access, constants, readFile, statfs } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { packageFile } from "./package-files.ts";

/** What a folder or file answers to being used. */
export type Access = "ok" | "missing" | "refused";

/** What there is to know of a machine before asilab is run on it. Memory in MiB. */
export interface HostFacts {
  readonly platform: string;
  readonly node: string;
  readonly cpus: number;
  readonly memory: number;
  readonly memoryFree: number;
  readonly workerThreads: boolean;
  /** The folder that would be written to, or what stands above it. */
  readonly out: { readonly folder: string; readonly access: Access; readonly freeMiB: number };
  /** Programs that were found on the path. */
  readonly programs: ReadonlySet<string>;
  readonly tracefs: Access;
  readonly columns: number | undefined;
  readonly outIsTty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Bundled files whose content is known, and what was found of each. */
  readonly samples: readonly { readonly file: string; readonly found: "ok" | "missing" | "changed" }[];
  /** Parts of the package that are not there: files, and packages it depends on. */
  readonly packageMissing: readonly string[];
}

/** Programs that some feature, or the making of a recording, needs. */
export const PROGRAMS = ["spin", "gcc", "rumur", "chromium", "tmux", "zstd", "perf", "trace-cmd"] as const;

const ALSO_KNOWN_AS: Readonly<Record<string, readonly string[]>> = {
  chromium: ["chromium-browser", "google-chrome"],
};

const TRACEFS = "/sys/kernel/tracing/trace";
const MIB = 2 ** 20;

/**
 * Looks at this machine. Changes nothing on it: no file is written, no program is started.
 *
 * - **Cost**: reads the bundled samples (700 KiB) and starts one thread.
 * - **Errors**: none; what cannot be found out counts as missing.
 */
export async function hostFacts(outFolder: string, outIsTty: boolean): Promise<HostFacts> {
  return {
    platform: process.platform,
    node: process.versions.node,
    cpus: availableParallelism(),
    memory: Math.floor(memoryLimit() / MIB),
    memoryFree: Math.floor(Math.min(freemem(), memoryLimit()) / MIB),
    workerThreads: await threadsStart(),
    out: await writableFolder(outFolder),
    programs: new Set(await found(PROGRAMS)),
    tracefs: await accessOf(TRACEFS, constants.R_OK),
    columns: process.stdout.columns,
    outIsTty,
    env: process.env,
    samples: await samples(),
    packageMissing: await missingParts(),
  };
}

/** What a control group allows, where that is less than the machine has. */
function memoryLimit(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < totalmem() ? allowed : totalmem();
}

function threadsStart(): Promise<boolean> {
  return new Promise((settle) => {
    const thread = new Worker("", { eval: true });
    thread.on("error", () => settle(false));
    thread.on("exit", (code) => settle(code === 0));
  });
}

/** The folder itself, or the nearest one above it that exists: that is where it would be made. */
async function writableFolder(folder: string): Promise<HostFacts["out"]> {
  let path = resolve(folder);
  while ((await accessOf(path, constants.F_OK)) === "missing" && dirname(path) !== path) path = dirname(path);
  const space = await statfs(path).catch(() => undefined);
  const freeMiB = space === undefined ? 0 : Math.floor((space.bavail * space.bsize) / MIB);
  return { folder, access: await accessOf(path, constants.W_OK | constants.X_OK), freeMiB };
}

async function found(names: readonly string[]): Promise<string[]> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const there: string[] = [];
  for (const name of names) {
    const called = [name, ...(ALSO_KNOWN_AS[name] ?? [])];
    const paths = called.flatMap((each) => folders.map((folder) => join(folder, each)));
    const answers = await Promise.all(paths.map((path) => accessOf(path, constants.X_OK)));
    if (answers.includes("ok")) there.push(name);
  }
  return there;
}

async function accessOf(path: string, mode: number): Promise<Access> {
  try {
    await access(path, mode);
    return "ok";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR" ? "missing" : "refused";
  }
}

/** What samples/README.md says of the files beside it. */
async function samples(): Promise<HostFacts["samples"]> {
  const list = await readFile(packageFile("samples/README.md"), "utf8").catch(() => "");
  const rows = [...list.matchAll(/^\| `([\w./-]+)` \| `([0-9a-f]{64})`/gm)];
  if (rows.length === 0) return [{ file: "samples/README.md", found: "missing" }];
  return Promise.all(
    rows.map(async ([, name = "", sum = ""]) => {
      const file = `samples/${name}`;
      const bytes = await readFile(packageFile(file)).catch(() => undefined);
      if (bytes === undefined) return { file, found: "missing" as const };
      const same = createHash("sha256").update(bytes).digest("hex") === sum;
      return { file, found: same ? ("ok" as const) : ("changed" as const) };
    }),
  );
}

async function missingParts(): Promise<string[]> {
  const manifest = await readFile(packageFile("package.json"), "utf8").catch(() => undefined);
  if (manifest === undefined) return ["package.json"];
  const { dependencies = {}, bin = {} } = JSON.parse(manifest) as Manifest;
  const files = ["dist/index.js", ...Object.values(bin)].map((file) => [file, packageFile(file)] as const);
  const packages = Object.keys(dependencies).map((name) => [name, name] as const);
  const built = await Promise.all(
    files.map(async ([name, path]) => ((await accessOf(path, constants.R_OK)) === "ok" ? [] : [name])),
  );
  const installed = packages.filter(([, name]) => !isInstalled(name)).map(([name]) => name);
  return [...built.flat(), ...installed];
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

function isInstalled(name: string): boolean {
  try {
    return import.meta.resolve(name) !== "";
  } catch {
    return false;
  }
}
