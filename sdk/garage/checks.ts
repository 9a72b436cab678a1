/** Checks on the hosts that `skipChecks` may waive, with what is given up by that. Every other one guards the data. */
export const WAIVABLE_CHECKS: Readonly<Record<string, string>> = {
    "disk-space": "space for the backup of the metadata isn't looked at",
    "journal-warnings": "warnings in a node's journal during the repairs don't stop a major upgrade",
    "min-from": "a major upgrade starts from a release that this was never tried from",
    "snapshot-failed": "a major upgrade goes on without Garage's own snapshot; the cold backup is still taken",
};
