import type { Design } from "../../model/design.ts";
import type { WorldShape } from "../../properties/arbitraries/world.ts";
import { softwareFor } from "../scenario.ts";
import { parseScope, type Scope } from "../scope.ts";
import { CORNER_SCRIPTS, type CornerScript } from "./corner-scripts.ts";

/** A scope as the shape of a random world. */
export function shapeOf(scope: Scope): WorldShape {
  const { cpus, pages, mms, irq, preempt, modes } = scope;
  return { cpus, pages, mms, irq, preempt, modes };
}

/**
 * The design means something in worlds of its own only: a probe promises nothing elsewhere, and what a canary does elsewhere is not
 * the question.
 */
export function livesInWorlds({ worlds, probe, canary }: Design): boolean {
  return worlds !== undefined && (probe === true || canary);
}

/** A corner script and the scopes in which a design can follow it; none, and why. */
export interface PlacedScript {
  readonly script: CornerScript;
  /** `undefined` stands for the campaign's own scope. */
  readonly worlds: readonly (string | undefined)[];
  readonly reason?: string;
}

/** Every corner script, with the scopes in which it means something for a design. A campaign's scope takes the place of a script's. */
export function placeScripts(design: Design, own: Scope | undefined): PlacedScript[] {
  return CORNER_SCRIPTS.map((script) => {
    if (script.elsewhere !== undefined) return { script, worlds: [], reason: script.elsewhere };
    const candidates = own === undefined ? script.worlds : [undefined];
    const reasons = candidates.map((world) =>
      whyNot(design, script, own ?? parseScope(world ?? ""), own !== undefined),
    );
    const worlds = candidates.filter((_, at) => reasons[at] === undefined);
    const reason = reasons.find((text) => text !== undefined);
    return worlds.length > 0 || reason === undefined ? { script, worlds } : { script, worlds, reason };
  });
}

function whyNot(design: Design, script: CornerScript, scope: Scope, given: boolean): string | undefined {
  const { worlds = [], id } = design;
  if (!given && livesInWorlds(design) && !worlds.some((own) => parseScope(own).world === (scope.world ?? ""))) {
    return `${id} promises nothing outside its own worlds`;
  }
  if (design.canary && worlds.length === 0 && !given && scope.setup !== "fresh") {
    return `${id} is broken, and need not come through the set-up ${scope.setup}`;
  }
  if (scope.spaces !== undefined && design.asi === undefined) return `${id} has no code for address spaces`;
  const { calls } = softwareFor(design);
  const lacking = scope.callMenu.find(({ call }) => (calls[call] ?? design.asi?.calls[call]) === undefined);
  if (lacking !== undefined) return `${id} has no ${lacking.call}`;
  const words = script.lines.map((line) => line.split(" "));
  if (!scope.allocates && words.every(([, verb]) => verb === "take" || verb === "give")) {
    return "tasks of this world do not allocate";
  }
  if (!scope.irq && words.some(([, verb]) => verb?.startsWith("irq-") === true))
    return "interrupts do not allocate here";
  const unnamed = words.find(([, verb, names]) => verb === "call" && !offers(scope, names ?? ""));
  return unnamed === undefined ? undefined : `no call ${unnamed[2]} in this world`;
}

function offers({ callMenu }: Scope, names: string): boolean {
  return callMenu.some(({ call }) => names.split("|").includes(call));
}
