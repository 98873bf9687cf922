import { InputError } from "../../model/failure.ts";

/** A text of /proc as it was recorded, and what messages call it. */
export interface ProcText {
  readonly file: string;
  readonly text: string;
}

/** What /proc/zoneinfo tells of a zone. Units: pages. */
export interface ZoneSnapshot {
  readonly zone: string;
  readonly node: number;
  readonly free: number;
  /** By CPU; empty where the zone has no pages. */
  readonly pagesets: readonly Pageset[];
}

/** A CPU's pcplists of one zone: pages on them, and the two sizes that the kernel works with at that moment. */
export interface Pageset {
  readonly count: number;
  readonly high: number;
  readonly batch: number;
  /** Bounds of a `high` that the kernel adapts; absent where the kernel does not print them. */
  readonly highMin?: number;
  readonly highMax?: number;
}

/** Blocks on the free lists by order, of a zone; of one migratetype where the text tells them apart. */
export interface FreeCounts {
  readonly zone: string;
  readonly node: number;
  /** As printed; empty in buddyinfo. */
  readonly type: string;
  readonly blocks: readonly number[];
}

/** Pageblocks of each type in a zone. */
export interface BlockCounts {
  readonly zone: string;
  readonly node: number;
  readonly byType: ReadonlyMap<string, number>;
}

export interface PagetypeSnapshot {
  readonly free: readonly FreeCounts[];
  readonly blocks: readonly BlockCounts[];
}

/**
 * Reads /proc/zoneinfo.
 *
 * - **Errors**: `PROC-TEXT` when it names no zone.
 * - **Source**: `zoneinfo_show_print()` in mm/vmstat.c.
 */
export function readZoneinfo({ file, text }: ProcText): readonly ZoneSnapshot[] {
  const zones = text.split(/^(?=Node \d+, zone)/m).flatMap((part) => {
    const head = /^Node (\d+), zone\s+(\S+)/.exec(part);
    if (head === null) return [];
    const free = Number(/pages free\s+(\d+)/.exec(part)?.[1] ?? 0);
    const pagesets = part
      .split(/^\s+cpu: \d+$/m)
      .slice(1)
      .map(readPageset);
    return [{ zone: head[2] ?? "", node: Number(head[1]), free, pagesets }];
  });
  if (zones.length === 0) throw refuse(file, "names no zone");
  return zones;
}

/**
 * Reads /proc/buddyinfo.
 *
 * - **Errors**: `PROC-TEXT` when a line of it is none.
 */
export function readBuddyinfo({ file, text }: ProcText): readonly FreeCounts[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const counts = /^Node\s+(\d+), zone\s+(\S+)((?:\s+\d+)+)\s*$/.exec(line);
    if (counts === null) throw refuse(file, `has a line that is none of buddyinfo: ${line.slice(0, 60)}`);
    return { zone: counts[2] ?? "", node: Number(counts[1]), type: "", blocks: numbers(counts[3]) };
  });
}

/**
 * Reads /proc/pagetypeinfo. A count that the kernel gave up on (`>100000`) reads as that number.
 *
 * - **Errors**: `PROC-TEXT` when it has no table of pageblocks.
 */
export function readPagetypeinfo({ file, text }: ProcText): PagetypeSnapshot {
  const free: FreeCounts[] = [];
  const blocks: BlockCounts[] = [];
  let types: readonly string[] = [];
  for (const line of text.split("\n")) {
    const ofType = /^Node\s+(\d+), zone\s+(\S+), type\s+(\S+)((?:\s+>?\d+)+)\s*$/.exec(line);
    const heading = /^Number of blocks type\s+(.*)$/.exec(line);
    const ofZone = /^Node\s+(\d+), zone\s+(\S+)((?:\s+\d+)+)\s*$/.exec(line);
    if (ofType !== null) {
      free.push({ zone: ofType[2] ?? "", node: Number(ofType[1]), type: ofType[3] ?? "", blocks: numbers(ofType[4]) });
    } else if (heading !== null) types = (heading[1] ?? "").trim().split(/\s+/);
    else if (ofZone !== null && types.length > 0) {
      const counts = numbers(ofZone[3]);
      const byType = new Map(types.map((type, index) => [type, counts[index] ?? 0]));
      blocks.push({ zone: ofZone[2] ?? "", node: Number(ofZone[1]), byType });
    }
  }
  if (blocks.length === 0) throw refuse(file, "has no table of pageblocks");
  return { free, blocks };
}

function readPageset(part: string): Pageset {
  const figure = (name: string): number | undefined => {
    const found = new RegExp(`^\\s+${name}:\\s+(\\d+)`, "m").exec(part)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const highMin = figure("high_min");
  const highMax = figure("high_max");
  return {
    count: figure("count") ?? 0,
    high: figure("high") ?? 0,
    batch: figure("batch") ?? 1,
    ...(highMin === undefined ? {} : { highMin }),
    ...(highMax === undefined ? {} : { highMax }),
  };
}

function numbers(text: string | undefined): number[] {
  return (text ?? "")
    .trim()
    .split(/\s+/)
    .map((figure) => Number(figure.replace(">", "")));
}

function refuse(file: string, why: string): InputError {
  return new InputError("PROC-TEXT", `${file} ${why}`, "copy it from /proc as it is");
}
