import type {
  ComponentTable,
  Instance,
  ProductSystem,
  SyncVector,
  VectorOwner,
  VectorPart,
} from "../../checker/product-system.ts";

export interface ReferenceVariant {
  readonly pages: number;
  readonly cpus: number;
  /**
   * `strict`: a fill is one event. `walking`: a walk starts while the page is present and finishes at any later time,
   * until that CPU invalidates. `walk-survives`: the same, but an acknowledgement forgets to drop the walks.
   */
  readonly fills?: "strict" | "walking" | "walk-survives";
  /** `false`: the shootdown completes without waiting for acknowledgements. */
  readonly completeWaits?: boolean;
}

/**
 * The engine's yardstick: pages, explicit TLBs and one batched shootdown, joined by synchronisation vectors alone.
 *
 *     free-unmapped ──allocN──▶ nonsensitive ──free──▶ free-mapped ──enqueue──▶ pending ──flushed──▶ free-unmapped
 *     free-unmapped ──allocS──▶ sensitive ──free──▶ free-unmapped         free-mapped ──allocN──▶ nonsensitive
 *
 * Vectors have no guards over another instance, yet "this CPU drops the pages of the batch" depends on a page and on a
 * TLB bit together. So each translation remembers by itself whether its page is in the batch: `enqueue` moves the page
 * and the translations of all CPUs, `complete` moves them back. The memory is a copy of the page's `pending`, therefore it
 * adds no states.
 */
export function referenceModel(variant: ReferenceVariant): ProductSystem {
  const components = [PAGE, translationOf(variant.fills ?? "strict"), SHOOTDOWN, ACKNOWLEDGEMENT];
  const build = new Builder(components);
  const pages = range(variant.pages).map((page) => build.instance(PAGE, `page[${page}]`));
  const cpus = range(variant.cpus).map((cpu) => build.instance(ACKNOWLEDGEMENT, `ack[${cpu}]`));
  const translations = pages.map((_, page) =>
    cpus.map((_, cpu) => build.instance(components[1], `tlb[${cpu}][${page}]`)),
  );
  const shootdown = build.instance(SHOOTDOWN, "shootdown");

  for (const [page, instance] of pages.entries()) {
    build.vector(`allocN(p${page})`, "kernel", [[instance, "allocN"]]);
    build.vector(`allocS(p${page})`, "kernel", [[instance, "allocS"]]);
    build.vector(`free(p${page})`, "kernel", [[instance, "free"]]);
    build.vector(`enqueue(p${page})`, "kernel", [
      [shootdown, "enqueue"],
      [instance, "enqueue"],
      ...each(translations[page], "enqueue"),
    ]);
    for (const [cpu, translation] of translations[page].entries()) {
      const at = `(c${cpu}, p${page})`;
      if (variant.fills === undefined || variant.fills === "strict") {
        build.vector(`fill${at}`, "hardware", [
          [translation, "fill"],
          [instance, "walk"],
        ]);
      } else {
        build.vector(`walk${at}`, "hardware", [
          [translation, "walk"],
          [instance, "walk"],
        ]);
        build.vector(`finish${at}`, "hardware", [[translation, "finish"]]);
      }
      build.vector(`evict${at}`, "hardware", [[translation, "evict"]]);
    }
  }
  build.vector("send", "kernel", [[shootdown, "send"], ...each(cpus, "send")]);
  for (const [cpu, instance] of cpus.entries()) {
    const dropped = translations.map((row) => row[cpu]);
    build.vector(`ack(c${cpu})`, "hardware", [
      [shootdown, "ack"],
      [instance, "ack"],
      ...each(dropped, "invalidate", true),
    ]);
  }
  build.vector("complete", "kernel", [
    [shootdown, "complete"],
    ...each(cpus, variant.completeWaits === false ? "forget" : "complete"),
    ...each(pages, "flushed", true),
    ...each(translations.flat(), "complete", true),
  ]);

  const cached = pages.flatMap((page, p) =>
    translations[p].map((translation) => [build.at(page, "sensitive"), build.at(translation, "cached")]),
  );
  return { ...build.parts(), claims: [{ id: "sensitive-unreachable", forbidden: cached }] };
}

const PAGE = component("page", ["free-unmapped", "free-mapped", "nonsensitive", "sensitive", "pending"], {
  allocN: { "free-unmapped": "nonsensitive", "free-mapped": "nonsensitive" },
  allocS: { "free-unmapped": "sensitive" },
  free: { nonsensitive: "free-mapped", sensitive: "free-unmapped" },
  enqueue: { "free-mapped": "pending" },
  flushed: { pending: "free-unmapped" },
  walk: { "free-mapped": "free-mapped", nonsensitive: "nonsensitive" },
});

const SHOOTDOWN = component("shootdown", ["idle", "collecting", "ipi"], {
  enqueue: { idle: "collecting", collecting: "collecting" },
  send: { collecting: "ipi" },
  ack: { ipi: "ipi" },
  complete: { ipi: "idle" },
});

const ACKNOWLEDGEMENT = component("ack", ["acknowledged", "waiting"], {
  send: { acknowledged: "waiting" },
  ack: { waiting: "acknowledged" },
  complete: { acknowledged: "acknowledged" },
  forget: { acknowledged: "acknowledged", waiting: "acknowledged" },
});

function translationOf(fills: "strict" | "walking" | "walk-survives"): ComponentTable {
  const batch = {
    enqueue: { absent: "absent-queued", cached: "cached-queued" },
    complete: { "absent-queued": "absent", "cached-queued": "cached" },
    evict: { cached: "absent", "cached-queued": "absent-queued" },
  };
  if (fills === "strict") {
    return component("tlb", ["absent", "cached", "absent-queued", "cached-queued"], {
      ...batch,
      fill: { absent: "cached" },
      invalidate: { "cached-queued": "absent-queued" },
    });
  }
  const states = ["absent", "walking", "cached", "absent-queued", "walking-queued", "cached-queued"];
  const drop = fills === "walking" ? { "walking-queued": "absent-queued" } : {};
  return component("tlb", states, {
    ...batch,
    enqueue: { ...batch.enqueue, walking: "walking-queued" },
    complete: { ...batch.complete, "walking-queued": "walking" },
    walk: { absent: "walking" },
    finish: { walking: "cached", "walking-queued": "cached-queued" },
    invalidate: { "cached-queued": "absent-queued", ...drop },
  });
}

/** A table from its edges by name; the first state is the initial one. */
export function component(
  name: string,
  states: readonly string[],
  edges: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ComponentTable {
  const events = Object.keys(edges);
  const row = (event: string): Int8Array =>
    Int8Array.from(states, (state) => (state in edges[event] ? states.indexOf(edges[event][state]) : -1));
  return { name, states, events, initial: 0, edges: events.map(row) };
}

type Part = readonly [instance: number, event: string, optional?: boolean];

/** Collects instances and vectors by name. */
export class Builder {
  private readonly components: readonly ComponentTable[];
  private readonly instances: Instance[] = [];
  private readonly vectors: SyncVector[] = [];

  constructor(components: readonly ComponentTable[]) {
    this.components = components;
  }

  instance(table: ComponentTable, name: string): number {
    return this.instances.push({ component: this.components.indexOf(table), name }) - 1;
  }

  vector(name: string, owner: VectorOwner, parts: readonly Part[]): void {
    this.vectors.push({ name, owner, parts: parts.map((part) => this.part(part)) });
  }

  at(instance: number, state: string): { readonly instance: number; readonly state: number } {
    return { instance, state: this.tableOf(instance).states.indexOf(state) };
  }

  parts(): Omit<ProductSystem, "claims"> {
    return { components: this.components, instances: this.instances, vectors: this.vectors };
  }

  private part([instance, event, optional = false]: Part): VectorPart {
    return { instance, event: this.tableOf(instance).events.indexOf(event), optional };
  }

  private tableOf(instance: number): ComponentTable {
    return this.components[this.instances[instance].component];
  }
}

function each(instances: readonly number[], event: string, optional = false): Part[] {
  return instances.map((instance) => [instance, event, optional]);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
