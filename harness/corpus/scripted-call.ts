import { ACTION, actionKind, type NamedAction } from "../../model/action.ts";
import { actionLine, BadLine, readActionLine } from "./action-line.ts";

/**
 * A block without its page frame, which every design chooses for itself: what the call of that name was given.
 *
 * - **Shapes, units**: `call` undefined: one that was in use when the run began. `index`: which of several, in the order in which
 *   they were handed out (at the start: by page frame). `offset`: pages into it, where a piece is meant.
 */
export interface BlockName {
  readonly call: string | undefined;
  readonly index: number;
  readonly offset: number;
}

/** Something that the outside asks of one CPU: an allocation, a free, a system call, an interrupt. */
export interface ScriptedCall {
  readonly action: NamedAction;
  /** Given where another call frees what this one was handed. */
  readonly name?: string;
  /** What a free gives back. */
  readonly block?: BlockName;
}

/** Kinds of actions that come from outside; all others are the machine's own, or its hardware's. */
const CALL_KINDS: ReadonlySet<number> = new Set([
  ACTION.alloc,
  ACTION.free,
  ACTION.irqAlloc,
  ACTION.irqFree,
  ACTION.drain,
  ACTION.call,
  ACTION.interrupt,
]);

const START = "start";
const LETTERS = 26;

/** The action is a call, and not what the machine does about it. */
export function isCall(action: number): boolean {
  return CALL_KINDS.has(actionKind(action));
}

/** `cpu0 alloc request=GFP_KERNEL order=0 as=a` and `cpu1 free block=a`. */
export function callLine({ action, name, block }: ScriptedCall): string {
  const as: Record<string, string> = name === undefined ? {} : { as: name };
  return actionLine(action, block === undefined ? as : { ...as, block: blockText(block) });
}

/** Errors: `BadLine`, also for a block of a call that does not come before. */
export function callsOfLines(lines: readonly string[]): ScriptedCall[] {
  const known = new Set<string>();
  return lines.map((line) => {
    const { action, extras } = readActionLine(line, ["as", "block"]);
    const name = extras.as;
    const block = extras.block === undefined ? undefined : blockOf(extras.block);
    const isFree = action.kind === "free" || action.kind === "irqFree";
    const isNew = name === undefined || (/^[a-z]\d*$/.test(name) && !known.has(name));
    const isKnown = block?.call === undefined || known.has(block.call);
    if (!isCall(ACTION[action.kind] << 28) || isFree !== (block !== undefined) || !isNew || !isKnown) {
      throw new BadLine(`"${line.slice(0, 80)}" is not a call`);
    }
    if (name !== undefined) known.add(name);
    return { action, ...(name === undefined ? {} : { name }), ...(block === undefined ? {} : { block }) };
  });
}

/** Calls are named a, b, …, z, a1, b1, … by their place. */
export function letter(index: number): string {
  const round = Math.floor(index / LETTERS);
  return `${String.fromCharCode(97 + (index % LETTERS))}${round === 0 ? "" : round}`;
}

function blockText({ call, index, offset }: BlockName): string {
  return `${call ?? START}${index === 0 ? "" : `/${index}`}${offset === 0 ? "" : `+${offset}`}`;
}

function blockOf(text: string): BlockName {
  const [, call, index = "0", offset = "0"] = /^([a-z]\d*|start)(?:\/(\d{1,4}))?(?:\+(\d{1,4}))?$/.exec(text) ?? [];
  if (call === undefined) throw new BadLine(`"${text.slice(0, 80)}" is not a block`);
  return { call: call === START ? undefined : call, index: Number(index), offset: Number(offset) };
}
