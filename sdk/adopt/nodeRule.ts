import type { Found } from "./cluster";
import type { Reason } from "./seen";

type Said = Omit<Reason, "where">;

/** What stands in one node's way, if anything. */
export type Rule = (node: Found) => Said | undefined;

export const stops = (id: string, what: string, todo: string): Said => ({ id, weight: "stops", what, todo });
export const refuses = (id: string, what: string, todo: string): Said => ({ id, weight: "refuses", what, todo });
export const note = (id: string, what: string, todo: string): Said => ({ id, weight: "note", what, todo });
