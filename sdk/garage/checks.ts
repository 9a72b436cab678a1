/** Checks on the hosts that `skipChecks` may waive, with what is given up by that. Every other one guards the data. */
export const WAIVABLE_CHECKS: Readonly<Record<string, string>> = {
    "blocks-missing":
        "a node is replaced though others lack blocks, or aren't in sync: what only the old node had is given up",
    "disk-space": "space for a new binary isn't looked at",
    "free-disk": "a node is rolled though its metadata have little space left",
    "items-fewer":
        "a node's entries aren't compared with those from before a roll that did not pass; after a major upgrade they may be fewer by as much as garbage collection had to take away: clients have deleted that many",
    "journal-warnings": "warnings in a node's journal during the repairs don't stop a major upgrade",
    "layout-staged": "nodes are rolled while changes of the layout are staged",
    "layout-unsettled": "nodes are rolled while a change of the layout is still under way",
    "min-from": "a major upgrade starts from a release that this was never tried from",
    "repair-tables": "nodes are rolled without a repair of the tables before",
    "snapshot-failed": "a major upgrade goes on without Garage's own snapshot; the cold backup is still taken",
};
