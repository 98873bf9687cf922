import { expect, test } from "vitest";

import { softwareFor } from "../../harness/scenario.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { X86_64 } from "../../model/geometry.ts";
import { PLACE_FIRST_LIST } from "../../model/lists.ts";
import { Machine } from "../../model/machine.ts";

test("a 64 GiB zone boots with all of its 16,777,216 pages on the list of the largest order", () => {
  const machine = new Machine(
    softwareFor(asyncFree),
    {
      geometry: X86_64,
      cpus: 2,
      pages: 2 ** 24,
      mms: 2,
      requests: [],
      translations: "epochs",
      modes: false,
      irq: false,
      preempt: false,
    },
    [],
  );
  machine.boot([]);
  expect(machine.k.lists.pagesIn(PLACE_FIRST_LIST)).toBe(2 ** 24);
  expect(machine.k.lists.length(X86_64.maxOrder)).toBe(2 ** 14);
});
