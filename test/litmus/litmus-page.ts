import type { Litmus, Variant } from "./litmus.ts";

const INTRODUCTION = `# Litmus files

Small races and rules of address translation, each with every way it may end. A file in \`test/litmus/\` says where it starts,
what each CPU does, and which outcomes are allowed; it is explored to the end on the explicit hardware of \`model/paging/\`, and
once more by Spin on a Promela text beside it, written by hand from the rule and not exported from the model. Both must end in
exactly the allowed outcomes. What is forbidden is what the file is about: a variant that shows it stands beside one that
does not. *Noticed* names the hardware that would break the rule; the suite fails if a file does not tell it apart.

Registers: 0 is a clean frame, 1 a public one, 2 a secret, *fault* a page fault. Section numbers are those of the 2023 and 2024
editions of the manuals; they move.

*About* names the steps that race. A flip to sensitive: m1 take the block, m2 drop the lock, m3 clear P, m4 fence or generation,
m5 local flush, m6 send IPIs, m7 handler, m8 acknowledge, m9 all acknowledged, m10 label, m11 hand out, m12 a secret is written;
back: u2 zero, u3 set P. Entering restricted mode: e1 target, n3 announce, n5 CR3; leaving: x4 CR3, x5 withdraw. Meanwhile on any
CPU: r1 fill, r2 read, r4 interrupts off, r5 NMI, r6 switch_mm or lazy, r7 slot reuse, r8 another flip. H1 to H12 are the rules of
the hardware, in \`model/paging/hardware-rules.ts\`.

This page is written by \`npx vitest run test/litmus -u\`; a test demands that it is current.
`;

/** The Markdown page that lists all litmus files. */
export function litmusPage(files: readonly Litmus[]): string {
  return [INTRODUCTION, ...files.map(section)].join("\n");
}

function section(litmus: Litmus): string {
  const noticed = Object.keys(litmus.notices ?? {});
  return [
    `## ${litmus.name}`,
    "",
    litmus.statement,
    "",
    `- **About**: ${litmus.about}`,
    `- **Source**: ${litmus.source}`,
    ...(noticed.length === 0 ? [] : [`- **Noticed**: ${noticed.join("; ")}`]),
    "",
    "```text",
    ...litmus.picture,
    "```",
    "",
    "| variant | allowed | forbidden | |",
    "| --- | --- | --- | --- |",
    ...Object.entries(litmus.variants).map(([name, variant]) => row(name, variant)),
    "",
  ].join("\n");
}

function row(name: string, { allowed, forbidden, note }: Variant): string {
  return `| ${name} | ${list(allowed)} | ${list(forbidden)} | ${note} |`;
}

function list(outcomes: readonly string[]): string {
  return outcomes.length === 0 ? "–" : outcomes.map((outcome) => `\`${outcome}\``).join("<br>");
}
