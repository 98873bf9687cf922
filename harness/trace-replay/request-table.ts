import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { GFP, gfpToString, type KernelVersion, parseGfp } from "../../model/gfp.ts";
import type { Request } from "../../model/request.ts";
import { requestOf } from "../requests.ts";
import type { TraceEvent } from "../trace/event.ts";
import { isSensitiveAlloc } from "../trace/stat.ts";

/** What synthetic calls ask for: an interrupt's page, and a user's page of the same migratetype (a pipe buffer). */
export const INTERRUPT_PAGE = 0;
export const USER_PAGE = 1;
/** Of an allocation that no event names, by migratetype: pages for vmalloc, a migration's target, reclaimable slab. */
const UNNAMED_FLAGS = [GFP.KERNEL_ACCOUNT | GFP.HIGHMEM, GFP.HIGHUSER_MOVABLE, GFP.KERNEL | GFP.RECLAIMABLE] as const;
const SYNTHETIC_REQUESTS = [GFP.ATOMIC, GFP.HIGHUSER | GFP.SENSITIVE];

/** A real trace holds a few dozen flag words. */
const REQUESTS_MAX = 1024;

/**
 * The requests of a trace: one per distinct flag word, made when it is first met, so that the trace is not read twice for them.
 *
 * The policy decides what is sensitive (model/gfp.ts); the design decides what it protects.
 *
 * - **Errors**: `TRACE-FLAG-WORDS` when there are more than 1,022: no kernel does that.
 */
export class RequestTable {
  /** The world's request table; it grows, and entries never change. */
  readonly requests: Request[] = [];
  sensitive = 0;
  private readonly indexOf = new Map<number, number>();
  /** Flag words that no event holds. */
  private ownWords = 0;
  private lastKey = -1;
  private lastIndex = 0;

  constructor(
    private readonly design: Design,
    private readonly kernel: KernelVersion,
    /** Whose allocator is run: flags are carried over by name. */
    private readonly profile: KernelVersion = kernel,
  ) {
    for (const gfp of SYNTHETIC_REQUESTS) this.requests.push(requestOf(design, gfp));
  }

  /** Distinct flag words met. */
  get words(): number {
    return this.requests.length - SYNTHETIC_REQUESTS.length - this.ownWords;
  }

  /** The flags of a request, in the values of the version that is run. */
  gfp(request: number): number {
    return this.requests[request]?.gfp ?? 0;
  }

  /** The request of an allocation that no event names. */
  unnamed(migratetype: number): number {
    return this.ofFlags(UNNAMED_FLAGS[migratetype] ?? UNNAMED_FLAGS[0]);
  }

  /** The request with these flags, in the values of the version that is run. */
  ofFlags(gfp: number): number {
    const key = -16 - gfp;
    const known = this.indexOf.get(key);
    if (known !== undefined) return known;
    const index = this.requests.length;
    this.requests.push({ ...requestOf(this.design, gfp), name: gfpToString(gfp, this.profile) });
    this.indexOf.set(key, index);
    this.ownWords++;
    return index;
  }

  of(event: Readonly<TraceEvent>): number {
    // Flag words that the kernel did not print are told apart by their migratetype.
    const key = event.gfpKnown === 1 ? event.gfp : -2 - event.migratetype;
    if (key === this.lastKey) return this.lastIndex;
    const index = this.indexOf.get(key) ?? this.learn(key, event);
    this.lastKey = key;
    this.lastIndex = index;
    return index;
  }

  private learn(key: number, event: Readonly<TraceEvent>): number {
    const index = this.requests.length;
    if (index >= REQUESTS_MAX) {
      throw new InputError(
        "TRACE-FLAG-WORDS",
        `line ${event.line}: the trace holds more than ${REQUESTS_MAX} different gfp_flags words; no kernel asks so variously`,
      );
    }
    const sensitive = isSensitiveAlloc(event);
    const recorded = event.gfpKnown === 1 ? this.translated(event.gfp) : flagsOfType(event.migratetype);
    const gfp = (recorded & ~(GFP.SENSITIVE | GFP.UNMAPPED)) | (sensitive ? GFP.SENSITIVE : 0);
    this.requests.push({ ...requestOf(this.design, gfp), name: gfpToString(gfp, this.profile) });
    this.indexOf.set(key, index);
    if (sensitive) this.sensitive++;
    return index;
  }

  private translated(gfp: number): number {
    if (this.profile === this.kernel) return gfp;
    return parseGfp(this.profile)(gfpToString(gfp, this.kernel)).gfp;
  }
}

function flagsOfType(migratetype: number): number {
  if (migratetype === 1) return GFP.MOVABLE;
  return migratetype === 2 ? GFP.RECLAIMABLE : 0;
}
