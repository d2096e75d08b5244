import { writeFileSync } from 'node:fs';

/** A jest reporter for .ci/run: writes the counts as one line to the file that TSLXD_SUMMARY names. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } =
      results;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests + numTodoTests;
    const line = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    writeFileSync(process.env.TSLXD_SUMMARY, `${line}\n`);
  }
}
