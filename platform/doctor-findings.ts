import type { HostFacts } from "./doctor-host.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly status: "ok" | "missing";
  /** asilab's main job cannot run without it. */
  readonly needed: boolean;
  /** What was found. */
  readonly found: string;
  /** Of what is missing: what it serves, and what to type to have it. */
  readonly serves?: string;
  readonly install?: string;
}

const NODE_MIN = [20, 19] as const;
/** A quick check of one design takes some 300 MiB, and each worker as much again. */
const MEMORY_MIN_MIB = 1024;
const MEMORY_DEEP_MIB = 8 * 1024;
const OUT_MIN_MIB = 16;
const COLUMNS_MIN = 80;

/** What each program is for. Nothing that asilab itself does needs one of them. */
const SERVES: Readonly<Record<string, string>> = {
  spin: "tests that compare with Spin (with gcc); without it they are skipped",
  gcc: "compiles what spin makes; kernel test skeletons",
  rumur: "a second referee beside Spin",
  chromium: "looking at Perfetto files and diagrams without a desktop",
  tmux: "long runs that outlive a connection",
  zstd: "packing recordings (reading .zst needs nothing)",
  perf: "recording traces with perf",
  "trace-cmd": "recording traces with trace-cmd",
};

const PACKAGE_OF: Readonly<Record<string, string>> = { perf: "linux-perf" };

/** What a machine has and lacks: what asilab needs first, then what serves a feature, in a fixed order. */
export function findings(host: HostFacts): readonly Finding[] {
  return [...needs(host), ...comforts(host), ...programs(host)];
}

/** asilab's main job can run. */
export function canRun(found: readonly Finding[]): boolean {
  return found.every(({ needed, status }) => !needed || status === "ok");
}

function needs(host: HostFacts): Finding[] {
  const lost = host.samples.filter(({ found }) => found !== "ok");
  return [
    item("Node", isNewEnough(host.node), host.node, {
      serves: `everything: Node ${NODE_MIN.join(".")} or newer`,
      install: "https://nodejs.org, or: nvm install 22",
    }),
    item("memory", host.memory >= MEMORY_MIN_MIB, `${host.memory} MiB, ${host.memoryFree} free`, {
      serves: `searches: ${MEMORY_MIN_MIB} MiB at least`,
      install: "a machine, or a container limit, with more",
    }),
    item("worker threads", host.workerThreads, host.workerThreads ? "start" : "do not start", {
      serves: "every job runs in one",
      install: "run outside of the sandbox that forbids them",
    }),
    outFinding(host),
    item("samples", lost.length === 0, lost.length === 0 ? `${host.samples.length} files intact` : listed(lost), {
      serves: "check replays them",
      install: "npm install asilab again, or: git checkout samples",
    }),
    item("package", host.packageMissing.length === 0, packageTold(host), {
      serves: "everything",
      install: "npm install && npm run build",
    }),
  ].map((finding) => ({ ...finding, needed: true }));
}

function outFinding({ out }: HostFacts): Finding {
  const enough = out.access === "ok" && out.freeMiB >= OUT_MIN_MIB;
  const found = out.access === "ok" ? `${out.folder}: ${out.freeMiB} MiB free` : `${out.folder}: cannot be written`;
  return item("output", enough, found, {
    serves: "counterexample files",
    install: "another folder: --out DIR",
  });
}

function comforts(host: HostFacts): Finding[] {
  const { columns, outIsTty, env, cpus, memory, tracefs } = host;
  const encoding = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return [
    item("CPUs", cpus > 1, String(cpus), {
      serves: "check --workers: one design on each",
      install: "a larger machine",
    }),
    item("deep runs", memory >= MEMORY_DEEP_MIB, `${memory} MiB`, {
      serves: `check --budget deep, npm run deep: ${MEMORY_DEEP_MIB} MiB`,
      install: "a larger machine, or --max-states",
    }),
    item(
      "terminal",
      !outIsTty || (columns ?? 0) >= COLUMNS_MIN,
      outIsTty ? `${columns ?? "?"} columns` : "not a terminal",
      {
        serves: `reports are ${COLUMNS_MIN} columns wide`,
        install: "widen the window",
      },
    ),
    item(
      "colour",
      env.TERM !== "dumb",
      (env.NO_COLOR ?? "") === "" ? (env.TERM ?? "TERM is not set") : "off by NO_COLOR",
      {
        serves: "coloured reports",
        install: "export TERM=xterm-256color",
      },
    ),
    item("UTF-8", /utf-?8/i.test(encoding), encoding === "" ? "no locale set" : encoding, {
      serves: "arrows in timelines; without: --ascii",
      install: "export LANG=C.UTF-8",
    }),
    item("tracefs", tracefs === "ok", { ok: "readable", missing: "not mounted", refused: "no permission" }[tracefs], {
      serves: "recording this machine (trace record)",
      install: tracefs === "missing" ? "mount -t tracefs tracefs /sys/kernel/tracing" : "be root while recording",
    }),
  ];
}

function programs(host: HostFacts): Finding[] {
  return Object.entries(SERVES).map(([name, serves]) => {
    const there = host.programs.has(name);
    return item(name, there, there ? "found" : "not found", {
      serves,
      install: `apt install ${PACKAGE_OF[name] ?? name}`,
    });
  });
}

function item(
  what: string,
  ok: boolean,
  found: string,
  lack: { readonly serves: string; readonly install: string },
): Finding {
  return ok ? { what, status: "ok", needed: false, found } : { what, status: "missing", needed: false, found, ...lack };
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
}

function listed(lost: HostFacts["samples"]): string {
  return lost.map(({ file, found }) => `${file} is ${found}`).join(", ");
}

function packageTold({ packageMissing }: HostFacts): string {
  return packageMissing.length === 0 ? "complete" : `without ${packageMissing.join(", ")}`;
}
