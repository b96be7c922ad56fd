#!/bin/sh
# Makes the certificates of this folder anew: sh make.sh (needs openssl). See README.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = here
[here]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
CNF
: > "$work/index.txt"

# make NAME FROM TO SUBJECT "OPTIONS OF openssl ca" EXTENSION...
make() {
  name=$1 from=$2 to=$3 subject=$4 signer=$5
  shift 5
  set -- $(for extension in "$@"; do printf ' -addext %s' "$extension"; done)
  openssl req -new -config "$work/ca.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$name.key" -out "$work/request.pem" -subj "/CN=$subject" "$@"
  openssl ca -batch -notext -config "$work/ca.cnf" -startdate "$from" -enddate "$to" $signer \
    -in "$work/request.pem" -out "$name.pem"
}

start=20200101000000Z end=21200101000000Z past=20210101000000Z
names=subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
by_ca="-cert ca.pem -keyfile ca.key"

make ca $start $end izypop3-test-ca "-selfsign -keyfile ca.key" \
  basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign
make server $start $end localhost "$by_ca" basicConstraints=critical,CA:FALSE $names
make wrong_name $start $end mail.example.org "$by_ca" basicConstraints=critical,CA:FALSE \
  subjectAltName=DNS:mail.example.org,DNS:pop.example.org
make expired $start $past localhost "$by_ca" basicConstraints=critical,CA:FALSE $names
make self_signed $start $end localhost "-selfsign -keyfile self_signed.key" \
  basicConstraints=critical,CA:FALSE $names
make not_yet 21000101000000Z $end localhost "-selfsign -keyfile not_yet.key" \
  basicConstraints=critical,CA:FALSE $names
make self_signed_ca $start $end localhost "-selfsign -keyfile self_signed_ca.key" \
  basicConstraints=critical,CA:TRUE $names
make self_signed_ca_wrong_name $start $end mail.example.org \
  "-selfsign -keyfile self_signed_ca_wrong_name.key" \
  basicConstraints=critical,CA:TRUE subjectAltName=DNS:mail.example.org
make self_signed_ca_expired $start $past localhost \
  "-selfsign -keyfile self_signed_ca_expired.key" basicConstraints=critical,CA:TRUE $names
rm ca.key
