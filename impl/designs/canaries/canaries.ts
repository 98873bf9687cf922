import type { Design } from "../../../model/design.ts";
import { makeAsyncFree } from "../async-free/design.ts";

/**
 * Deliberately broken copies of async-free, each with one switch. They must be caught: a suite in which one survives is red.
 */
export const freeBeforeFlush: Design = makeAsyncFree({
  id: "canary-free-before-flush",
  title: "frees before it flushes",
  summary: "The worker puts the batch on the free lists and flushes afterwards.",
  switches: { freeBeforeFlush: true },
  breaks: [
    { claim: "S1", because: "the next owner writes its secret while another CPU still holds the old translation" },
    { claim: "S3", because: "a page becomes sensitive with a stale entry outstanding" },
    { claim: "S8", because: "the page joins a free list before the flush" },
    { claim: "S16a", because: "the page handed out is not discharged" },
    { claim: "REFINE-page", because: "pending-flush has no edge to allocated-sensitive" },
  ],
});

export const forgetOneCpu: Design = makeAsyncFree({
  id: "canary-forget-one-cpu",
  title: "forgets a CPU",
  summary: "The shootdown interrupts every other CPU but one.",
  switches: { forgetOneCpu: true },
  breaks: [
    { claim: "S1", because: "the forgotten CPU reads the next owner's secret through its stale entry" },
    { claim: "S3", because: "a page becomes sensitive with a stale entry on the forgotten CPU" },
    { claim: "S8", because: "the page joins a free list while the forgotten CPU may still hold it" },
    { claim: "S16a", because: "the page handed out is not discharged" },
    { claim: "REFINE-page", because: "pending-flush has no edge to allocated-sensitive" },
  ],
});

export const noZero: Design = makeAsyncFree({
  id: "canary-no-zero",
  title: "maps without zeroing",
  summary: "A nonsensitive allocation is mapped with whatever the frame held before.",
  switches: { skipZero: true },
  breaks: [
    { claim: "S1", because: "the old owner's secret becomes readable by everybody" },
    { claim: "S13", because: "a present bit is stored over a secret" },
    { claim: "REFINE-page", because: "free-unmapped reaches free-mapped only with clean or public content" },
  ],
});

export const lostWakeup: Design = makeAsyncFree({
  id: "canary-lost-wakeup",
  title: "loses a wake-up",
  summary: "The worker marks itself idle after its batch; a free that came in between is never processed.",
  switches: { clearPendingLate: true },
  breaks: [{ claim: "L4", because: "a queued page is never freed, and nothing will ever wake the worker" }],
});

export const twoLists: Design = makeAsyncFree({
  id: "canary-two-lists",
  title: "frees a queued page twice",
  summary: "A page that joined the queue also goes on to the ordinary free path.",
  switches: { queueAndFree: true },
  breaks: [{ claim: "S17", because: "the page is on two lists at once" }],
});

export const keepsMapped: Design = makeAsyncFree({
  id: "canary-keeps-mapped",
  title: "frees a mapped page as it is",
  summary: "A mapped page is freed without being unmapped.",
  switches: { skipUnmap: true },
  breaks: [
    { claim: "S1", because: "the next owner's secret is mapped for everybody" },
    { claim: "S2", because: "a sensitive page is present in the restricted map" },
    { claim: "S3", because: "a sensitive page's translations were never invalidated" },
    { claim: "S8", because: "a page on a free list is present" },
    { claim: "S16a", because: "the page handed out is not discharged" },
    { claim: "REFINE-page", because: "no mapped state has an edge to allocated-sensitive" },
  ],
});

export const flushUnderLock: Design = makeAsyncFree({
  id: "canary-flush-under-lock",
  title: "flushes under zone->lock",
  summary: "The worker waits for the other CPUs while it holds zone->lock with interrupts off.",
  switches: { flushUnderLock: true },
  breaks: [
    { claim: "S23", because: "a shootdown is started with interrupts off and a lock held" },
    { claim: "DEADLOCK", because: "the other CPU spins for the lock with interrupts off and never acknowledges" },
  ],
});
