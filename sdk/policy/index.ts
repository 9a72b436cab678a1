export { afterDeploy } from "./afterDeploy";
export { HOP_STEPS, HOPS, type Hop, type HopName, type HopStep, hopFrom, hopNamed, hopSteps } from "./hops";
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
