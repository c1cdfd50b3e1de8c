// Gets a fresh clone ready: installs what package-lock.json names when that has not been done, then builds.
// Plain old JavaScript: it runs under whatever Node is there (12 and newer), before the right one is installed.
'use strict';
var childProcess = require('child_process');
var crypto = require('crypto');
var fs = require('fs');
var path = require('path');

var root = path.dirname(__dirname);
var lock = path.join(root, 'package-lock.json');
var installed = path.join(root, 'node_modules', '.package-lock.json');
var note = path.join(root, 'node_modules', '.martlet-lock');

function digest() {
  return crypto.createHash('sha256').update(fs.readFileSync(lock)).digest('hex');
}

/** npm writes its own lock file below node_modules last; git may touch package-lock.json without changing it. */
function isInstalled() {
  if (!fs.existsSync(installed)) return false;
  if (fs.existsSync(note) && fs.readFileSync(note, 'utf8') === digest()) return true;
  return fs.statSync(installed).mtimeMs >= fs.statSync(lock).mtimeMs;
}

function remember() {
  try {
    fs.writeFileSync(note, digest());
  } catch (_) {
    // A read-only installation is asked again by time next time.
  }
}

function run(program, args) {
  var result = childProcess.spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (result.error) console.error(`martlet: ${program} could not be started: ${result.error.message}`);
  return result.status === null ? 1 : result.status;
}

function install() {
  console.error('martlet: installing what package-lock.json names (npm ci) ...');
  var npm = process.env.npm_execpath;
  var args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  var code = npm && /\.c?js$/.test(npm) ? run(process.execPath, [npm].concat(args)) : run('npm', args);
  if (code !== 0) {
    console.error(
      'martlet: npm ci failed with exit code ' +
        code +
        '; nothing else was tried. Run "npm ci" in ' +
        root +
        ' to see why.',
    );
    process.exit(code);
  }
}

function fittingNode() {
  var locked = path.join(root, 'node_modules', '.bin', 'node');
  if (fs.existsSync(locked)) return locked;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  console.error(
    'martlet: this machine has Node ' +
      process.versions.node +
      ' and npm brought no Node 24 for ' +
      process.platform +
      '-' +
      process.arch +
      '. Install Node 24 or newer (https://nodejs.org).',
  );
  process.exit(3);
}

if (!isInstalled()) install();
remember();
process.exit(run(fittingNode(), [path.join(root, 'bin', 'build.mjs'), '--if-possible']));
