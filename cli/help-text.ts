/** Help texts that say more than the list of options. */

export const HELP_AFTER = `
Examples:
  vigilante status                        the heals that are running
  vigilante status --all -o wide          finished ones as well, with more columns
  vigilante heal win-1 --wait             heal a node and wait for the end
  vigilante restart win-1 --reason 'conflist changed'
  vigilante cancel win-1                  end its heal and keep the healing off the node
  vigilante verify win-1                  does the network see its pods' own addresses? Marks nothing
  vigilante connectivity                  which agents do not report; exit code 1 where some fail
  vigilante reboots                       which nodes need a reboot, which wait, and why
  vigilante privileges --drift            which containers have more than is declared; exit code 1 where some have
  vigilante maintenance                   which nodes are in maintenance, which wait, and why
  vigilante upgrade plan fleet.yaml       what an upgrade would do, and what blocks it; writes nothing

Exit codes:
  0   done; with --wait: the node is healed
  1   not so: not healed (the reason is shown), no heal running, no such node; verify: not every node shows its own
      address; connectivity: failing, unknown, paused, or not watched; privileges: drift, unknown, or not watched;
      maintenance: a node is held, the breaker is open, paused, or no guard runs; upgrade: blocked, halted, none runs
  2   wrong arguments
  69  Temporal or the cluster cannot be reached, or refuses
  78  wrong configuration
`;

export const EXAMPLES = {
  status: `
States:
  healing, waiting-for-ready, stalled, unproven, watching (running)
  healed, healed-elsewhere, node-gone, disabled, not-windows, cancelled, failed (finished, with --all)

Examples:
  vigilante status win-1 win-2
  vigilante status --state stalled
  vigilante status -o json | jq -r '.[] | select(.state == "stalled") | .node'
`,
  heal: `
Removes the annotation that cancel left, then joins the running heal, restarts a stalled one, or starts a new one.
A new heal has the policy of the node's last heal, unless --config is given.

Examples:
  vigilante heal win-1
  vigilante heal win-1 --wait --timeout 2h
`,
  restart: `
Sets the annotation of a healed node to false first. Works on running, finished, stalled and cancelled heals.

--open-onboarding is for a rollback to a release without healing.evidence: source-address, whose workers cannot go on with
the workflow onboardNode. Set healing.evidence: sandbox first. It ends all of them, one by one, and waits for each, so it
needs a worker of this release. The starter then begins healNode for the nodes that are not marked. Exit code 0 where none
is left.

Examples:
  vigilante restart win-1 --reason 'exception ranges changed' --wait
  vigilante restart --open-onboarding
`,
  cancel: `
The healing pod is removed and the node gets the annotation vigilante-healing=disabled. The node is left alone until
vigilante heal or restart removes it.

Examples:
  vigilante cancel win-1 --wait
`,
  verify: `
A pod on each node asks the endpoints of healing.echo.endpoints which source address arrived. The worker must know them;
nodes need no heal, and healing.evidence need not be source-address. With --node-profile the endpoints are those of that
entry of profiles.

Source:
  own ADDRESS     the pod's: pods made now keep their address on the way to the endpoint
  node ADDRESS    the node's: they are hidden behind it (SNAT)
  other ADDRESS   neither: something on the way translates
  silent          no answer that can be believed; the detail says why

Exit code 0 only where every node is own.

Examples:
  vigilante verify win-1 win-2
  vigilante verify --all
  vigilante verify --all --endpoint onprem-1
`,
  connectivity: `
States:
  ok, failing (after several evaluations in a row), unknown (too few verdicts, or the collector gives none), paused

Exit codes:
  0 where the state is ok, 1 where it is not, or where no watch runs; the reason is shown. With --now the verdict of this
  moment decides. --watch ends with 0.

Examples:
  vigilante connectivity --watch
  vigilante connectivity --now            ask the collector now, also while paused; counts for no alarm
  vigilante connectivity -o json | jq -r '.failing[].node'
  vigilante connectivity pause --reason 'network is being rebuilt'
  vigilante connectivity resume
`,
  privileges: `
Judgements:
  more            a user, capability, namespace or path of the node that is not declared
  undeclared      no row of the file fits
  unknown         its user is known to its image alone, and no agent has read its processes
  less            more is declared than it has
  as-declared
  absent          declared, and nothing runs

more, undeclared and unknown are drift.

declare writes a file of what runs now. Each reason that is needed is empty in it, and the file is refused until a person
has filled them in.

Exit codes:
  0 where nothing is drift, 1 where something is, where the last evaluation gave no report, or where no watch runs

Examples:
  vigilante privileges
  vigilante privileges --drift -o json | jq -r '.rows[].workload'
  vigilante privileges declare > declared.yaml
`,
  reboots: `
A node is ineffective where a reboot did not help: it is left alone until its sentinel file changes, or somebody sets the
annotation vigilante-reboot=required. Exit code 1 where no watch of the reboots runs or answers.

from-kured names what has no counterpart, or means something else, in comments before the configuration. It asks no server.

Examples:
  vigilante reboots -o json | jq -r '.rows[] | select(.kind == "ineffective") | .node'
  vigilante reboots from-kured values.yaml > maintenance.yaml
`,
  maintenance: `
pause stops what takes capacity: no node is cordoned and none is acted upon. What has begun is proven and given back. It
ends by itself. resume ends it, and closes the breaker that failures have opened.

Exit code 1 where a node is held, the breaker is open, maintenance is paused, or no guard runs; the reason is shown.

Examples:
  vigilante maintenance --watch
  vigilante maintenance -o json | jq -r '.slots[] | select(.held) | .node.name'
  vigilante maintenance pause --for 8h --reason 'storage is being moved'
  vigilante maintenance resume --reason 'the node of last night is repaired'
`,
  maintain: `
The node waits for its slot, is drained by evictions, and is given back once it is proven. Exit code 1 with --wait where it
is not.

Examples:
  vigilante maintain lin-1 --executor reboot-linux --wait
`,
  upgrade: `
plan and start read a file of a run: its name, versions, parts and stages of clusters. plan asks the maintainer of each
cluster, needs no kubeconfig, writes nothing, and exits with 1 where one is blocked. start begins the run, or finds it; one
that runs with another content is left alone.

status with the name of a run, and decisions with --fleet, are about the run over all its clusters; approve and reject are
with --stage. All others are about the upgrade of one cluster, that of --cluster. Decisions are in the report, with who and
why.

Examples:
  vigilante upgrade plan fleet.yaml
  vigilante upgrade plan --conf k8s_deploy.conf
  vigilante upgrade start fleet.yaml
  vigilante upgrade status 2026-48-v1-37
  vigilante upgrade status --cluster weu --watch
  vigilante upgrade approve 2026-48-v1-37 --cluster weu --comment CHG-4711 --expires 24h
  vigilante upgrade approve 2026-48-v1-37 --stage production --comment CHG-4711
  vigilante upgrade retry 2026-48-v1-37 --fleet --cluster weu --reason 'disk is exchanged'
  vigilante upgrade skip 2026-48-v1-37 --cluster weu --node lin-3 --reason 'disk is broken'
  vigilante upgrade report 2026-48-v1-37 --cluster weu -o md
`,
  release: `
A node is held when it did not come back as expected: it stays cordoned and keeps its slot. One that comes back late is given
back by itself.

  give-back        uncordon it, although it is not proven
  leave-cordoned   end the maintenance; others take care of the cordon
  retry            act on it again

Examples:
  vigilante release lin-1 give-back --reason 'seen on its console'
`,
} as const;
