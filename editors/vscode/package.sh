#!/bin/sh
# Makes topo.vsix: `npm install` first, then `code --install-extension topo.vsix`.
set -eu
cd "$(dirname "$0")"
mkdir -p syntaxes
cp ../textmate/topo.tmLanguage.json syntaxes/
cp ../../LICENSE LICENSE
npx tsc --noEmit
npm run --silent compile
npx vsce package --no-dependencies --allow-missing-repository --out topo.vsix
