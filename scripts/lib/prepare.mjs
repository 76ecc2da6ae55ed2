// Brings a clone to the state in which Sonde can run: dependencies installed, server and pages built.
// Plain JavaScript without dependencies, since nothing is installed yet when it runs. Does only what is needed:
// stamps, written last, tell what an earlier run finished; an interrupted run leaves none and is repeated.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MINIMUM_NODE = [20, 19];

/** Ends the process with a plain sentence where Sonde cannot run. */
export function requirePlatform() {
  if (process.platform === 'win32') {
    fail(
      'Sonde runs on Linux and macOS. On Windows, use it inside WSL: https://learn.microsoft.com/windows/wsl/install',
    );
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
    fail(`Sonde needs Node.js ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  }
}

/** Installs from the lockfile unless the installed tree is already the lockfile's. */
export function ensureInstalled() {
  const lock = hashOf([
    readFileSync(join(ROOT, 'package-lock.json')),
    process.versions.modules,
    process.platform,
    process.arch,
  ]);
  const stamp = join(ROOT, 'node_modules', '.sonde-installed');
  if (readIfThere(stamp) === lock) return;
  step('Installing dependencies (about 800 MB with the storage engine; once)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(process.stderr.isTTY ? ['--progress'] : [])]);
  writeFileSync(stamp, lock);
}

/** Builds server and pages unless `dist/` is newer than every source. */
export async function ensureBuilt() {
  const sources = fingerprintOfSources();
  const stamp = join(ROOT, 'dist', '.sources');
  if (readIfThere(stamp) === sources) return;
  const { buildAll } = await import('./build.mjs');
  const staging = join(ROOT, '.build', `dist-${process.pid}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  await buildAll(staging, step);
  writeFileSync(join(staging, '.sources'), sources);
  // The old build stays whole until the new one is: a rename is all that can be interrupted.
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  renameSync(staging, join(ROOT, 'dist'));
}

/** A line of progress on stderr, so that stdout stays for what programs read. */
export function step(text) {
  process.stderr.write(
    `${process.stderr.isTTY ? '\u001b[2m' : ''}· ${text}…${process.stderr.isTTY ? '\u001b[0m' : ''}\n`,
  );
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (error) fail(`Could not run ${command}: ${error.message}`);
  if (status !== 0)
    fail(
      `${command} ${args[0]} failed (exit ${status}); the lines above say why. Run the same command again once mended.`,
    );
}

/** Names, sizes and times of every file that goes into the build. */
function fingerprintOfSources() {
  const parts = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'testdata') visit(path);
      } else if (!/\.test\.tsx?$/.test(entry.name)) {
        const { size, mtimeMs } = statSync(path);
        parts.push(`${path}:${size}:${mtimeMs}`);
      }
    }
  };
  for (const folder of ['src', 'web', 'scripts']) visit(join(ROOT, folder));
  parts.push(readFileSync(join(ROOT, 'package-lock.json')));
  return hashOf(parts);
}

function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
