import type { Extension } from "./extension.ts";
import { batchExtension } from "./extensions/batch.ts";
import { interruptExtension } from "./extensions/interrupts.ts";
import { ownerExtension } from "./extensions/owners.ts";
import { pageblockExtension } from "./extensions/pageblock.ts";
import { physmapExtension } from "./extensions/physmap.ts";
import { recordExtension } from "./extensions/records.ts";
import { slotExtension } from "./extensions/slots.ts";
import type { Scope } from "./product.ts";

/** The extensions that a scope asks for, in the order in which they ride; interrupts split what the others have made. */
export function extensionsOf(scope: Scope): readonly Extension[] {
  return EXTENSIONS.filter(({ asked }) => asked(scope));
}

const EXTENSIONS: readonly Extension[] = [
  slotExtension,
  ownerExtension,
  recordExtension,
  batchExtension,
  physmapExtension,
  pageblockExtension,
  interruptExtension,
];
