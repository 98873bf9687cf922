import { describe, expect, test } from "vitest";

import { pcpColumns, zoneColumns } from "../../impl/mm/columns.ts";
import { zoneBatchsize, zoneHighsize } from "../../impl/mm/pcp-sizing.ts";
import { lowmemReserve } from "../../impl/mm/watermark.ts";
import {
  minFreeKbytes,
  normalThreshold,
  pressureThreshold,
  setupPcp,
  setupPerZoneWmarks,
} from "../../impl/mm/zone-setup.ts";
import { X86_64 } from "../../model/geometry.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import type { Zone } from "../../model/zone.ts";
import { ZonedMachine } from "./zoned-machine.ts";

/**
 * What five recorded machines of two CPUs said of their zones DMA and DMA32 (/proc/zoneinfo, vm.min_free_kbytes).
 *
 * `atBoot` is how much of DMA32 was managed when the kernel computed its sizes, a few MiB before the end of its boot: what
 * min_free_kbytes says of it (in fork, where huge pages had raised that, what the watermarks say).
 */
const RECORDED = [
  {
    name: "fork",
    kernel: "6.1",
    kbytes: 35_420,
    atBoot: 175_000,
    managed: 177_005,
    batch: 31,
    dma: [190, 237, 284],
    dma32: [8664, 10_830, 12_996],
  },
  {
    name: "frag",
    kernel: "6.1",
    kbytes: 2500,
    atBoot: 93_840,
    managed: 96_301,
    batch: 31,
    dma: [24, 30, 36],
    dma32: [600, 750, 900],
  },
  {
    name: "net",
    kernel: "6.1",
    kbytes: 2701,
    atBoot: 110_170,
    managed: 112_685,
    batch: 31,
    dma: [22, 27, 32],
    dma32: [652, 815, 978],
  },
  {
    name: "pageio",
    kernel: "6.1",
    kbytes: 1782,
    atBoot: 45_800,
    managed: 48_269,
    batch: 15,
    dma: [34, 42, 50],
    dma32: [410, 512, 614],
  },
  {
    name: "pageioxfs612",
    kernel: "6.12",
    kbytes: 2725,
    atBoot: 112_210,
    managed: 114_388,
    batch: 31,
    dma: [22, 27, 32],
    dma32: [658, 822, 986],
  },
] as const;

function recorded(kernel: KernelVersion, managed: number): Kernel {
  return machine(kernel, [
    { name: "DMA", node: 0, startPfn: 0, spanned: 4096, managed: 3840 },
    { name: "DMA32", node: 0, startPfn: 4096, spanned: managed, managed },
  ]);
}

function machine(kernel: KernelVersion, zones: readonly Zone[], cpus = 2): Kernel {
  const pages = zones.reduce((end, { startPfn, spanned }) => Math.max(end, startPfn + spanned), 0);
  return new ZonedMachine({ kernel, zones, pages, cpus, geometry: X86_64 }).k;
}

describe.each(RECORDED)("the machine of $name", ({ name, kernel, kbytes, atBoot, managed, batch, dma, dma32 }) => {
  const k = recorded(kernel, atBoot);
  const computed = minFreeKbytes(k);
  setupPerZoneWmarks(k, kbytes);
  const c = k.of(zoneColumns);

  test("has the min_free_kbytes that its memory asks for, and the batch", () => {
    if (name !== "fork") expect(computed).toBe(kbytes);
    expect(zoneBatchsize(atBoot)).toBe(batch);
  });

  test("has the watermarks that the kernel computed from min_free_kbytes", () => {
    const marks = [0, 1].map((zone) => [c.wmarkMin.get(zone), c.wmarkLow.get(zone), c.wmarkHigh.get(zone)]);
    expect(marks).toEqual([dma, dma32]);
    expect(c.wmarkPromo.get(1) - c.wmarkHigh.get(1)).toBe(dma32[2] - dma32[1]);
  });

  test("keeps 1/256 of DMA32 back in DMA from all requests that could be served above, and nothing in DMA32", () => {
    const later = recorded(kernel, managed);
    const reserve = Math.floor(managed / 256);
    expect([0, 1, 2, 3].map((highest) => lowmemReserve(later, 0, highest))).toEqual([0, reserve, reserve, reserve]);
    expect([0, 1, 2, 3].map((highest) => lowmemReserve(k, 1, highest))).toEqual([0, 0, 0, 0]);
  });
});

test("batch and high are those of the recorded zones: a 2^n - 1, and the low watermark shared by the CPUs", () => {
  const batches = [3840, 48_269, 96_301, 112_685, 114_388].map(zoneBatchsize);
  expect(batches).toEqual([1, 15, 31, 31, 31]);
  const highs = [237, 10_830, 512, 750, 815].map((low) => zoneHighsize(low, 2, 1));
  expect(highs).toEqual([118, 5415, 256, 375, 407]);
  expect(zoneHighsize(100, 4, 31)).toBe(124);
});

test("a batch is 63 from 512 MiB up; fork's 31 dates from before the end of its boot", () => {
  expect([176_127, 176_128, 177_005, 1 << 20, 1 << 24].map(zoneBatchsize)).toEqual([31, 63, 63, 63, 63]);
});

test("high is fixed in 6.1, and lies between the low watermark and 1/8 of the zone in 6.12", () => {
  const limits = (["6.1", "6.12"] as const).map((kernel) => {
    const k = recorded(kernel, 114_388);
    setupPerZoneWmarks(k, 2725);
    setupPcp(k, 1);
    const { highMin, highMax } = k.of(pcpColumns);
    return [highMin.get(2), highMax.get(2)];
  });
  expect(limits).toEqual([
    [411, 411],
    [411, 7149],
  ]);
});

test("a recorded zone's watermarks and list sizes stay as they are told", () => {
  const zone = { name: "Normal", node: 0, startPfn: 0, spanned: 4096, managed: 4096 } as const;
  const told = { ...zone, watermarks: { min: 7, low: 9, high: 12 }, pcp: { batch: 5, high: 33 } };
  const k = machine("6.1", [told]);
  const c = k.of(zoneColumns);
  expect([c.wmarkMin.get(0), c.wmarkLow.get(0), c.wmarkHigh.get(0), c.wmarkPromo.get(0)]).toEqual([7, 9, 12, 15]);
  expect([k.of(pcpColumns).batch.get(0), k.of(pcpColumns).high.get(1)]).toEqual([5, 33]);
});

test("min_free_kbytes is four times the root of the lowmem size, without ZONE_MOVABLE", () => {
  const k = machine("6.12", [
    { name: "Normal", node: 0, startPfn: 0, spanned: 65_536, managed: 65_536 },
    { name: "Movable", node: 0, startPfn: 65_536, spanned: 4096, managed: 4096 },
  ]);
  expect(minFreeKbytes(k)).toBe(2048);
});

test("ZONE_MOVABLE's min is its share in 6.1, and 1/1024 of it but at least 32 pages in 6.12, where it does not count", () => {
  const mins = (["6.1", "6.12"] as const).map((kernel) => {
    const k = machine(kernel, [
      { name: "Normal", node: 0, startPfn: 0, spanned: 65_536, managed: 65_536 },
      { name: "Movable", node: 0, startPfn: 65_536, spanned: 65_536, managed: 65_536 },
    ]);
    setupPerZoneWmarks(k, 4096);
    return [k.of(zoneColumns).wmarkMin.get(0), k.of(zoneColumns).wmarkMin.get(1)];
  });
  expect(mins).toEqual([
    [512, 512],
    [1024, 64],
  ]);
});

test("a counter may be behind by 4 in DMA and 12 in 450 MiB on two CPUs, as /proc/zoneinfo says, and by 125 at most", () => {
  const k = recorded("6.12", 114_388);
  expect([normalThreshold(k, 0), normalThreshold(k, 1)]).toEqual([4, 12]);
  expect(normalThreshold(recorded("6.1", 177_005), 1)).toBe(16);
});

test("while kswapd is awake all CPUs together stay within the distance of min and low", () => {
  const k = recorded("6.12", 114_388);
  setupPerZoneWmarks(k, 2725);
  expect([pressureThreshold(k, 0), pressureThreshold(k, 1)]).toEqual([2, 82]);
});

test("CPUs share the lists of their own node's zones", () => {
  const zones: Zone[] = [0, 1].map((node) => ({
    name: "Normal",
    node,
    startPfn: node * 4096,
    spanned: 4096,
    managed: 4096,
    watermarks: { min: 100, low: 120, high: 140 },
  }));
  const k = machine("6.1", zones, 3);
  const { high } = k.of(pcpColumns);
  expect([high.get(0), high.get(3)]).toEqual([60, 120]);
});
