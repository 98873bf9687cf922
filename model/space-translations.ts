import type { Bound, Column } from "./column.ts";
import type { hardwareColumns } from "./hardware-columns.ts";
import type { HeldTranslations } from "./held-translations.ts";
import { spaceColumns } from "./space-columns.ts";
import { spacesOf, viewsOf } from "./spaces.ts";
import type { State } from "./state.ts";
import { TRANSLATION, type Translations } from "./translations.ts";
import type { World } from "./world.ts";

/** The CPU will invalidate the PCID before it is next usable: a generation is behind, a flag is set, or policy says so. */
export type OwesFlush = (cpu: number, tag: number) => boolean;

/**
 * The answers that claims ask of translations, where PCIDs are told apart: a context is one protected PCID of a CPU.
 *
 * A frame is asked about through all of its kernel aliases at once: physmap, kernel areas. What is held under a PCID that is
 * not loaded counts as `fenced` while the design owes it an invalidation; whether that debt is paid is S19's business.
 */
export class SpaceTranslations implements Translations {
  owes: OwesFlush = () => false;
  private readonly pcid: Column;
  private readonly protectedTags: readonly number[];

  constructor(
    state: State,
    private readonly world: World,
    readonly held: HeldTranslations,
    private readonly hw: Bound<typeof hardwareColumns>,
  ) {
    this.pcid = state.of(spaceColumns).pcid;
    this.protectedTags = protectedTagsOf(world);
  }

  /** The PCID that a context stands for. */
  tagOf(context: number): number {
    return this.protectedTags[context] as number;
  }

  leafSet(pfn: number): void {
    this.held.stored(pfn);
  }

  leafCleared(): void {}

  /** INVLPG of the physmap's address, in the PCID that is loaded. */
  invalidatePage(cpu: number, pfn: number): void {
    this.held.dropRows(cpu, this.pcid.get(cpu), [pfn], true);
  }

  invalidateAll(cpu: number): void {
    this.held.dropAll(cpu, true);
  }

  load(): void {}

  unload(): void {}

  entry(cpu: number, context: number, pfn: number): number {
    const tag = this.tagOf(context);
    const present = this.hw.present.get(pfn) === 1;
    if (this.isFenced(cpu, tag)) return present ? TRANSLATION.fencedPresent : TRANSLATION.fenced;
    if (present) return TRANSLATION.cached;
    return this.held.holds(cpu, tag, pfn) ? TRANSLATION.stale : TRANSLATION.absent;
  }

  usable(cpu: number, context: number, pfn: number): boolean {
    if (this.tagOf(context) !== this.pcid.get(cpu)) return false;
    for (let row = pfn; row >= 0; row = this.nextAlias(row, pfn)) if (this.held.usable(cpu, row)) return true;
    return false;
  }

  mayUse(cpu: number, context: number, pfn: number): boolean {
    const tag = this.tagOf(context);
    if (this.isFenced(cpu, tag)) return false;
    for (let row = pfn; row >= 0; row = this.nextAlias(row, pfn)) if (this.held.holds(cpu, tag, row)) return true;
    return false;
  }

  discharged(pfn: number): boolean {
    for (let cpu = 0; cpu < this.world.cpus; cpu++) {
      for (let context = 0; context < this.protectedTags.length; context++)
        if (this.mayUse(cpu, context, pfn)) return false;
    }
    return true;
  }

  canFill(cpu: number, row: number): boolean {
    return this.held.canFill(cpu, row) > 0;
  }

  canEvict(cpu: number, row: number): boolean {
    return this.held.canEvict(cpu, row);
  }

  fill(cpu: number, row: number): void {
    this.held.advance(cpu, row);
  }

  evict(cpu: number, row: number): void {
    this.held.evict(cpu, row);
  }

  /** Not loaded, and invalidated before it is. */
  isFenced(cpu: number, tag: number): boolean {
    return tag !== this.pcid.get(cpu) && this.owes(cpu, tag);
  }

  /** The rows through which the kernel reaches a frame: the physmap's first, then each area's; -1 behind the last. */
  private nextAlias(row: number, pfn: number): number {
    const { vmaps, users } = this.held.rows;
    const next = row < vmaps ? vmaps + pfn : row + this.world.pages;
    return next < users ? next : -1;
  }
}

/** PCIDs in which the design promises protection. */
export function protectedTagsOf(world: World): readonly number[] {
  const spaces = spacesOf(world);
  const views = viewsOf(spaces);
  const tags: number[] = [];
  for (let slot = 0; slot < spaces.slots; slot++) {
    for (let view = 0; view < views; view++)
      if (view > 0 !== (world.protectedMap === "direct")) tags.push(slot * views + view);
  }
  return tags;
}
