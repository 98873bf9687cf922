/** How every verb that reads a recording describes what it takes. */
export const TRACE_FILE = "text of tracefs, trace-cmd report or perf script; plain, .gz or .zst; - for standard input";
