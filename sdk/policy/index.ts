export { afterDeploy } from "./afterDeploy";
export { type Feature, tooOld } from "./features";
export { HOPS, type Hop, type HopName, hopFrom, hopNamed } from "./hops";
export { type ParsedRelease, parseRelease, parseStateVersion, type Reason } from "./parseRelease";
export { nextOf, type Plan, type PlanInput, planUpgrade } from "./planUpgrade";
export {
    changelogOf,
    defaultVersion,
    findRelease,
    newestOf,
    RELEASES,
    type Release,
    resyncQueueMoved,
} from "./releases";
export { isSeries, NEWEST_SERIES, nextSeries, SERIES, type Series, seriesBetween, seriesOf } from "./series";
