import type { NamedAction } from "../model/action.ts";
import { textDigest } from "../model/layout.ts";
import { actorOf, startsEvent } from "./record.ts";

/** The parts of a run that its signature is made of. */
export interface SignedRun {
  readonly claim: string;
  readonly steps: readonly { readonly action: NamedAction }[];
}

/**
 * Names a failure by what happens in it: `S1-` and 16 hex digits. Two runs with one signature are taken for one bug.
 *
 * What a person would call the same story has the same signature: it does not matter which CPU is called 0, which page frame
 * the story is about, how large the world around it is, or how many rounds a loop makes. The design is not part of it either,
 * so that one bug in two designs of one family is recognised; who keeps designs apart adds the id.
 *
 * - **Shapes, units**: meant for minimal runs; a run with needless events is another story.
 * - **Cost**: one pass over the steps.
 */
export function failureSignature(run: SignedRun): string {
  return `${run.claim}-${textDigest(JSON.stringify([run.claim, ...failureStory(run)]))}`;
}

/**
 * The events that a signature is the digest of, in words: `cpuA alloc GFP_KERNEL [alloc_pages]`. CPUs and pages are lettered in
 * the order in which the run first names them.
 */
export function failureStory(run: SignedRun): string[] {
  const names = new Names();
  const events: { head: string; programs: string[] }[] = [];
  let last: string | undefined;
  for (const { action } of run.steps) {
    const actor = actorOf(action);
    let event = events.at(-1);
    if (event === undefined || actor === undefined || actor !== last || startsEvent(action)) {
      event = { head: names.headOf(action), programs: [] };
      events.push(event);
    }
    const { program } = action;
    if (program !== undefined && !event.programs.includes(program)) event.programs.push(program);
    last = actor;
  }
  return events.map(({ head, programs }) => (programs.length === 0 ? head : `${head} [${programs.join(" ")}]`));
}

/** Canonical names, given out in the order of first use. */
class Names {
  private readonly given = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  headOf(action: NamedAction): string {
    const { kind, request, order = 0, pfn, peer, worker, call, level } = action;
    const parts = [this.name("cpu", action.cpu), kind];
    if (kind === "step") parts.push(level ?? "");
    if (request !== undefined) parts.push(request);
    if (order > 0) parts.push(`order ${order}`);
    if (pfn !== undefined) parts.push(this.name("page", pfn));
    if (peer !== undefined) parts.push(this.name("cpu", peer));
    if (worker !== undefined) parts.push(worker);
    if (call !== undefined) parts.push(`${call}(${(action.args ?? []).join(",")})`);
    return parts.join(" ");
  }

  private name(sort: "cpu" | "page", index: number): string {
    const key = `${sort} ${index}`;
    const known = this.given.get(key);
    if (known !== undefined) return known;
    const count = this.counts.get(sort) ?? 0;
    const name = `${sort}${count < 26 ? String.fromCharCode(65 + count) : count}`;
    this.counts.set(sort, count + 1);
    this.given.set(key, name);
    return name;
  }
}
