import fc from "fast-check";
import type { NamedAction } from "../../../model/action.ts";
import type { Counterexample } from "../../../model/counterexample.ts";

/** What people put into names when they mean harm, and what happens to be special somewhere. */
const EVIL = [
  "\u001b[2J\u001b]0;owned\u0007",
  "\u009b31m",
  "end",
  "END;",
  "*/ int main(void) { } /*",
  "*\\/",
  "//\\\n#include <evil.h>",
  "$".concat("{process.exit(1)}"),
  "`; process.exit(1); `",
  '"); process.exit(1); ("',
  "</failure><evil/>",
  "]]>",
  "<script>alert(1)</script>",
  "&amp;&#27;",
  "%0A::error::injected",
  "::set-output name=x::y",
  "# SKIP all of it",
  "ok 1 fine\nnot ok 2 injected\nKTAP version 1",
  "a;b#c:d%%{init: {}}%%",
  "-->>cpu9: x",
  "??/",
  "\u202egnp.exe\u2066",
  "\u2028\u2029\u0085",
  "\ud800",
  "\ufffe\uffff",
  "#59;",
  "$$x$$",
  "__proto__",
  "",
  "\u0000",
];

/** A name as a stranger's file may hold it: up to 200 UTF-16 units of anything. */
export function hostileText(): fc.Arbitrary<string> {
  const anything = fc.string({ unit: "binary", maxLength: 40 });
  const controls = fc.string({ unit: fc.nat({ max: 0x9f }).map((code) => String.fromCharCode(code)), maxLength: 40 });
  const units = fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 });
  const evil = fc.constantFrom(...EVIL);
  return fc.oneof(
    evil,
    anything,
    controls,
    units,
    fc.tuple(anything, evil, units).map((parts) => parts.join("")),
  );
}

/** A run of a known shape in which every text that a file can hold is hostile; designs and scopes are checked on reading. */
export function hostileRun(): fc.Arbitrary<Counterexample> {
  const text = hostileText();
  const texts = fc.record({ claim: text, witness: text, engine: text, minimality: text });
  return fc.tuple(texts, fc.array(hostileAction(text), { maxLength: 12 }), text).map(([told, actions, changed]) => ({
    ...told,
    design: "async-free",
    scope: "cpus=2,pages=8,geometry=small,mms=2,calls=1+2,setup=fresh",
    layout: "0".repeat(16),
    initialDigest: "0".repeat(16),
    events: actions.length,
    steps: actions.map((action) => ({
      action,
      changes: [{ column: "hw.present", row: 0, where: "[pfn 0]", before: changed, after: changed }],
      digest: "0".repeat(16),
      hash: "0".repeat(16),
    })),
  }));
}

function hostileAction(text: fc.Arbitrary<string>): fc.Arbitrary<NamedAction> {
  const cpu = fc.nat({ max: 3 });
  const small = fc.nat({ max: 7 });
  return fc.oneof(
    fc.record({ kind: fc.constant("step" as const), cpu, level: text, program: text, step: text, choice: small }),
    fc.record({ kind: fc.constant("alloc" as const), cpu, request: text, order: small }),
    fc.record({ kind: fc.constant("free" as const), cpu, pfn: small, order: small }),
    fc.record({ kind: fc.constant("worker" as const), cpu, worker: text }),
    fc.record({ kind: fc.constant("call" as const), cpu, call: text, args: fc.array(small, { maxLength: 4 }) }),
    fc.record({ kind: fc.constant("ipi" as const), cpu, peer: cpu }),
    fc.record({ kind: fc.constantFrom("fill" as const, "enter" as const, "store" as const), cpu, pfn: small }),
  );
}
