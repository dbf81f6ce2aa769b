#!/bin/sh
# Installs the Debian packages named, and neither starts a service nor lets Debian make a cluster of its
# own. For root; called by `make postgresql`.
set -eu
export DEBIAN_FRONTEND=noninteractive
# Read before a package makes a cluster; whoever has the file already has made up their mind.
settings=/etc/postgresql-common/createcluster.conf
# Asked before a package starts a service: 101 is no.
policy=/usr/sbin/policy-rc.d

if [ ! -e "$settings" ]; then
	mkdir -p "$(dirname "$settings")"
	echo 'create_main_cluster = false' >"$settings"
fi
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi
install() {
	apt-get install --yes --no-install-recommends "$@"
}
# The lists of packages may be missing, or older than the archive.
install "$@" || { apt-get update && install "$@"; }
# Not at the next start of the machine either.
for service in "$@"; do
	if [ -d /run/systemd/system ]; then
		systemctl disable "$service" || true
	fi
done
