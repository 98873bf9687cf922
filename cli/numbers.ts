import { InputError } from "../model/failure.ts";

/** A reader for a flag's whole number. Errors: `InputError` BAD-NUMBER naming the flag and its limits. */
export function wholeNumber(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const message = `${flag} ${text.slice(0, 40)}: a whole number from ${min} to ${max} is needed`;
    throw new InputError("BAD-NUMBER", message, `${flag} ${value > max ? max : Math.max(min, 1)}`);
  };
}
