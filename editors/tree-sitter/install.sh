#!/bin/sh
# Compiles the grammar, and puts it with its queries where an editor looks for them.
#
#   install.sh nvim [FOLDER]     FOLDER is ~/.local/share/nvim/site where nothing is said
#   install.sh helix [FOLDER]    ~/.config/helix/runtime
set -eu
here=$(cd "$(dirname "$0")" && pwd)
config=${XDG_CONFIG_HOME:-$HOME/.config}
data=${XDG_DATA_HOME:-$HOME/.local/share}
case ${1:-} in
nvim) to=${2:-$data/nvim/site} parsers=parser ;;
helix) to=${2:-$config/helix/runtime} parsers=grammars ;;
*)
	echo "install.sh nvim | helix [FOLDER]" >&2
	exit 2
	;;
esac
mkdir -p "$to/$parsers" "$to/queries/topo"
${CC:-cc} -O2 -fPIC -shared -I"$here/src" -o "$to/$parsers/topo.so" "$here/src/parser.c" "$here/src/scanner.c"
cp "$here"/queries/*.scm "$to/queries/topo/"
echo "installed in $to"
