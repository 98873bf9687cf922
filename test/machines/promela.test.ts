import { describe, expect, test } from "vitest";

import { searchProduct } from "../../checker/product-search.ts";
import { promelaText } from "../../machines/promela.ts";
import { type SpecificationSize, specification } from "../../machines/specification.ts";
import { runSpin, whatSpinLacks } from "./run-spin.ts";

/** A plain scope and, between them, every extension; the two large ones are in test/deep. */
const SIZES: readonly SpecificationSize[] = [
  { cpus: 2, pages: 2 },
  { cpus: 1, pages: 1, mms: 2, slots: 2 },
  { cpus: 2, pages: 1, batch: true, physmap: true, pageblock: true },
  { cpus: 1, pages: 1, mms: 2, nmi: true, records: true },
];

describe("the exported text, refereed by Spin", () => {
  test.for(SIZES)("has the same states and, but for the initial one, transitions at %j", (size, context) => {
    const reason = whatSpinLacks();
    context.skip(reason !== undefined, reason);
    const product = specification(size);
    const { states, transitions } = searchProduct(product);
    expect(runSpin(promelaText(product), states)).toEqual({ states, transitions: transitions + 1, errors: 0 });
  });
});

test("a vector is a d_step: those who may refuse are asked, and each participant moves by its own state alone", () => {
  const text = promelaText(specification({ cpus: 1, pages: 1 }));
  expect(text).toContain("byte translation_0_0 = 3;");
  expect(text).toContain(
    [
      "  :: d_step { /* kernel map(0) */",
      "       (page_0 == 0 || page_0 == 5) && (content_0 == 0 || content_0 == 1) ->",
      "       page_0 = 1;",
      "       if :: translation_0_0 == 0 -> translation_0_0 = 1 :: translation_0_0 == 2 -> translation_0_0 = 1 :: translation_0_0 == 3 -> translation_0_0 = 4 :: else -> skip fi;",
      "     }",
    ].join("\n"),
  );
});
