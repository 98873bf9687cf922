import type { Counterexample } from "../../model/counterexample.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { plainText } from "../escape.ts";
import { wrap } from "../wrap.ts";
import { type KunitPlan, type KunitTurn, kunitPlan } from "./kunit-plan.ts";

/**
 * A counterexample as the skeleton of a KUnit test in C, at the level of the page allocator: one thread per CPU, whose calls
 * take turns in the order of the run, and an expectation whose condition is left to be written.
 *
 * What has no counterpart in the allocator's interface (micro-steps inside a call, IPIs, workers, what hardware does unasked) is
 * a comment at its place in the order: a test cannot make it happen, a breakpoint or a patched-in wait can.
 *
 * - **Shapes, units**: one C file in the kernel's style; identifiers hold letters, digits and `_` only; a name from a file cannot
 *   end a comment, a string or a line.
 */
export function kunitText(run: Counterexample): string {
  const plan = kunitPlan(run);
  const name = identifier(`asilab_${run.design}_${run.claim}`);
  const lines = [
    "// SPDX-License-Identifier: GPL-2.0",
    ...blockComment(headerOf(run)),
    ...INCLUDES.map((header) => `#include <${header}>`),
    "",
    ...flagLines(plan),
    ...worldLines(plan),
    ...plan.cpus.flatMap((cpu) => ["", ...threadLines(plan, cpu)]),
    "",
    ...claimLines(run),
    "",
    ...testLines(run, plan, name),
    "",
    ...suiteLines(name),
  ];
  return `${lines.join("\n")}\n`;
}

const INCLUDES = [
  "kunit/test.h",
  "linux/completion.h",
  "linux/gfp.h",
  "linux/kthread.h",
  "linux/mm.h",
  "linux/module.h",
];

function headerOf(run: Counterexample): string[] {
  const statement = CLAIMS.find(({ id }) => id === run.claim)?.statement ?? "";
  return [
    `${run.claim} violated by ${run.design}: ${statement}`,
    "",
    `Scope: ${run.scope}`,
    `Length: ${run.events} events, ${run.steps.length} steps; ${run.minimality}`,
    `At the end: ${run.witness}`,
    "",
    "A skeleton. Calls are in the order of the counterexample; what lies between two looks of another CPU is finer than calls, and stands in comments. Complete asilab_claim_holds() before believing a pass.",
  ];
}

function flagLines({ flags }: KunitPlan): string[] {
  return flags
    .filter((flag) => PROPOSED.has(flag))
    .flatMap((flag) => [`#ifndef ${flag}`, `#define ${flag} 0	/* of the proposal, not in mainline */`, "#endif", ""]);
}

const PROPOSED = new Set(["__GFP_SENSITIVE", "__GFP_UNMAPPED"]);

function worldLines({ turns, pages }: KunitPlan): string[] {
  return [
    `#define TURNS ${turns.length}`,
    "",
    ...blockComment(["Turn n begins when turn n - 1 is over, whichever CPU that was on."]),
    "static struct completion turn[TURNS + 1];",
    ...pages.map(({ variable, told }) => `static struct page *${variable};	/* ${inComment(told)} */`),
  ];
}

function threadLines({ turns }: KunitPlan, cpu: number): string[] {
  return [
    `static int on_cpu${cpu}(void *unused)`,
    "{",
    ...turns.flatMap((turn, at) => (turn.cpu === cpu ? turnLines(turn, at) : [])),
    "	return 0;",
    "}",
  ];
}

function turnLines({ told, call }: KunitTurn, at: number): string[] {
  return [
    `	wait_for_completion(&turn[${at}]);`,
    ...blockComment(told).map((line) => `	${line}`),
    ...(call === undefined ? [] : [`	${call}`]),
    `	complete(&turn[${at + 1}]);`,
  ];
}

function claimLines(run: Counterexample): string[] {
  return [
    ...blockComment([
      "To be written: what the claim says, as far as this kernel can be asked.",
      `The counterexample ends in: ${run.witness}`,
    ]),
    "static bool asilab_claim_holds(void)",
    "{",
    "	return false;",
    "}",
  ];
}

function testLines(run: Counterexample, { cpus }: KunitPlan, name: string): string[] {
  const needed = Math.max(...cpus, 0) + 1;
  const message = cString(`${run.claim}: ${run.witness}`);
  return [
    `static void ${name}(struct kunit *test)`,
    "{",
    "	struct task_struct *thread;",
    "	int at;",
    "",
    `	if (num_online_cpus() < ${needed})`,
    `		kunit_skip(test, "needs ${needed} CPUs");`,
    "	for (at = 0; at <= TURNS; at++)",
    "		init_completion(&turn[at]);",
    ...cpus.flatMap((cpu) => [
      `	thread = kthread_create_on_cpu(on_cpu${cpu}, NULL, ${cpu}, "asilab/%u");`,
      "	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);",
      "	wake_up_process(thread);",
    ]),
    "	complete(&turn[0]);",
    "	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&turn[TURNS], 10 * HZ), 0UL);",
    `	KUNIT_EXPECT_TRUE_MSG(test, asilab_claim_holds(), "%s", ${message});`,
    "}",
  ];
}

function suiteLines(name: string): string[] {
  return [
    `static struct kunit_case ${name}_cases[] = {`,
    `	KUNIT_CASE(${name}),`,
    "	{}",
    "};",
    "",
    `static struct kunit_suite ${name}_suite = {`,
    `	.name = "${name}",`,
    `	.test_cases = ${name}_cases,`,
    "};",
    `kunit_test_suite(${name}_suite);`,
    'MODULE_DESCRIPTION("A counterexample of asilab as a test");',
    'MODULE_LICENSE("GPL");',
  ];
}

/** Letters, digits and `_`, in lower case, of a length that compilers and people bear. */
function identifier(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, 60);
}

/** A comment in the kernel's form, in lines of at most 80 columns. */
function blockComment(texts: readonly string[]): string[] {
  const lines = texts.flatMap((text) => wrap(inComment(text), 68));
  if (lines.length === 1) return [`/* ${lines[0]} */`];
  return ["/*", ...lines.map((line) => ` * ${line}`.trimEnd()), " */"];
}

/** Nothing in it ends the comment, seems to open another, or is a trigraph. */
function inComment(text: string): string {
  return plainText(text).replaceAll("*/", "* /").replaceAll("/*", "/ *").replaceAll("??", "? ?");
}

/** A string literal; what is not printable ASCII is made visible, and trigraphs are taken apart. */
function cString(text: string): string {
  const visible = plainText(text)
    .replace(/[^ -~]/gu, "?")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
  return `"${visible.replaceAll("?", "\\?")}"`;
}
