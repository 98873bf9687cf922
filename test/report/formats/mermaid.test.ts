import fc from "fast-check";
import mermaid from "mermaid";
import { describe, expect, it } from "vitest";
import { placeNames } from "../../../harness/machine-for-run.ts";
import type { Counterexample } from "../../../model/counterexample.ts";
import { mermaidText } from "../../../report/formats/mermaid.ts";
import { hostileRun } from "./hostile-run.ts";
import { AREAS, sampleRun } from "./sample-runs.ts";

function draw(run: Counterexample): string {
  return mermaidText(run, { places: placeNames(run) });
}

interface Message {
  readonly from?: string;
  readonly to?: string;
  readonly message?: string;
}

/** What mermaid made of a diagram: its participants, and its notes and arrows with entities as the reader sees them. */
async function read(text: string): Promise<{ actors: string[]; messages: Message[] }> {
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const { getActors, getMessages } = db as unknown as {
    getActors: () => ReadonlyMap<string, unknown>;
    getMessages: () => Message[];
  };
  const messages = getMessages.call(db).map(({ from, to, message }) => ({ from, to, message: decoded(message ?? "") }));
  return { actors: [...getActors.call(db).keys()], messages } as { actors: string[]; messages: Message[] };
}

function decoded(text: string): string {
  return text.replaceAll("<br/>", " ").replace(/ﬂ°°(\d+)¶ß/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe("a Mermaid diagram, as mermaid reads it", () => {
  it.each(AREAS)("of a run of %s is a sequence diagram of its CPUs", async (area) => {
    const text = draw(sampleRun(area));
    expect(await mermaid.parse(text)).toMatchObject({ diagramType: "sequence" });
    const cpus = Number(/cpus=(\d)/.exec(sampleRun(area).scope)?.[1]);
    expect((await read(text)).actors).toEqual(Array.from({ length: cpus }, (_, cpu) => `cpu${cpu}`));
  });

  it("tells the story that the timeline tells, the violation last", async () => {
    const run = sampleRun("deferred free");
    const { messages } = await read(draw(run));
    const told = messages.map(({ message }) => message);
    expect(told[0]).toMatch(/^S1 violated by canary-forget-one-cpu: A CPU in a protected mode never/);
    expect(told[1]).toBe("1. alloc_pages(GFP_KERNEL) → pfn 0: map pfn 0");
    expect(told.filter((line) => /^(\d+|~)\. /.test(line ?? ""))).toHaveLength(run.events + 1);
    expect(told.at(-1)).toBe(`At the end: ${run.witness}`);
  });

  it("draws an IPI as an arrow from its sender to its target", async () => {
    const { messages } = await read(draw(sampleRun("progress")));
    const arrows = messages.filter(({ from, to, message }) => from !== to && message?.includes("IPI"));
    expect(arrows.map(({ from, to }) => `${from} ${to}`)).toContain("cpu1 cpu0");
  });

  it("stays small for a long run, shows both ends of it, and says how much it leaves out", async () => {
    const run = sampleRun("deferred free");
    const steps = Array.from({ length: 300 }, (_, at) =>
      run.steps.map((step) => ({ ...step, action: { ...step.action, worker: `w${at}`, request: `GFP_${at}` } })),
    ).flat();
    const text = draw({ ...run, steps });
    const told = (await read(text)).messages.map(({ message }) => message);
    expect(told.length).toBeLessThanOrEqual(103);
    expect(text.length).toBeLessThan(50_000);
    expect(told.filter((line) => /^\d+ more were left out$/.test(line ?? ""))).toHaveLength(1);
    expect(told.join("\n")).toContain("GFP_299");
  });

  it("is read whole, with the same participants, however hostile the names are", async () => {
    await fc.assert(
      fc.asyncProperty(hostileRun(), async (run) => {
        const text = draw(run);
        expect(await mermaid.parse(text)).toMatchObject({ diagramType: "sequence" });
        const { actors, messages } = await read(text);
        expect(actors.filter((actor) => !/^cpu[0-7]$/.test(actor))).toEqual([]);
        expect(messages.at(-1)?.message).toMatch(/^At the end: ?/);
        expect(messages[0]?.message).toContain("violated by async-free");
      }),
      { seed: 5, numRuns: 20 },
    );
  });
});
