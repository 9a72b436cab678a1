import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's own `spec` output, and the counts as JSON in the file named by MOCHA_COUNTS. */
class CountingReporter extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
        super(runner, options);
        runner.once("end", () => {
            const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
            const file = process.env.MOCHA_COUNTS;
            if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
        });
    }
}

export = CountingReporter;
