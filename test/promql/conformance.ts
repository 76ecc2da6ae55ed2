import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runScript } from './runner.ts';

/** `npm run conformance:promql -- FILE…`: runs test scripts, prints what fails and a line for each file. */
const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('Name one or more files in the test language of Prometheus.\n');
  process.exit(2);
}
let passed = 0;
let failed = 0;
for (const file of files) {
  const results = await runScript(readFileSync(file, 'utf8')).catch((error: unknown) => [
    { line: 0, query: '', faults: [error instanceof Error ? error.message : String(error)] },
  ]);
  const bad = results.filter(({ faults }) => faults.length > 0);
  for (const { line, query, faults } of bad) {
    process.stdout.write(`${basename(file)}:${line}: ${query}\n${faults.map((fault) => `    ${fault}\n`).join('')}`);
  }
  process.stdout.write(`${basename(file)}: ${results.length - bad.length} passed, ${bad.length} failed\n`);
  passed += results.length - bad.length;
  failed += bad.length;
}
process.stdout.write(`total: ${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
