package io.lockstep.cluster.node;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Holds a shard back from starting until its log can be trusted: asks the other nodes, lets {@link LogAdmission}
 * decide, and has the log fetched. A node with a log of its own passes at once. Used by the thread that starts the node.
 */
final class LogGate {
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 500;
    private static final long SAY_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
    // A leader that goes away ends a fetch; the next try asks again who leads.
    private static final int FETCH_TRIES = 100;

    private final ClusterConfig config;
    private final NodeEndpoint node;
    private final NodeDirectories directories;
    private final NodeListener listener;
    private final LogFetch fetch;
    private final BooleanSupplier hasFailed;
    private final PeerHttp http = new PeerHttp();
    private volatile String waitsFor = "";

    LogGate(
            final ClusterConfig config,
            final NodeEndpoint node,
            final NodeDirectories directories,
            final NodeListener listener,
            final LogFetch fetch,
            final BooleanSupplier hasFailed) {
        this.config = config;
        this.node = node;
        this.directories = directories;
        this.listener = listener;
        this.fetch = fetch;
        this.hasFailed = hasFailed;
    }

    /**
     * Returns when a shard may start.
     *
     * @param shard  id.
     * @param isLost whether this node's log may lack what it once acknowledged.
     * @throws NodeStartException if it never can, if the node fails meanwhile, or the calling thread was interrupted.
     */
    void pass(final int shard, final boolean isLost) {
        if (!isLost
                && RaftLogState.of(shard, directories.clusterDir(shard), false, null)
                        .hasLog()) {
            return;
        }
        try {
            await(shard, isLost);
        } finally {
            waitsFor = "";
        }
    }

    /**
     * What the start is waiting for.
     *
     * @return a sentence, or empty.
     */
    String waitsFor() {
        return waitsFor;
    }

    private void await(final int shard, final boolean isLost) {
        long pauseMs = FIRST_PAUSE_MS;
        long nextSayNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        int tries = 0;
        while (true) {
            if (hasFailed.getAsBoolean()) {
                throw new NodeStartException("the node failed while shard " + shard + " waited for its log");
            }
            final List<LogAdmission.Answer> answers = ask(shard);
            final LogAdmission.Decision decision =
                    LogAdmission.decide(isLost, config.nodes().size(), answers);
            switch (decision.step()) {
                case START_EMPTY -> {
                    RaftLogState.proposeCandidateTerm(directories.clusterDir(shard), decision.candidateTerm());
                    return;
                }
                case FETCH -> {
                    final NodeEndpoint leader = config.node(decision.leader().nodeId());
                    waitsFor = "shard " + shard + ": fetching the log from node " + leader.id();
                    try {
                        fetch.fetch(shard, leader, decision.leader().state(), decision.candidateTerm());
                        return;
                    } catch (final LogFetch.FetchException ex) {
                        listener.onEvent("shard " + shard + ": " + ex.getMessage() + "; trying again");
                        if (++tries == FETCH_TRIES) {
                            throw new NodeStartException("shard " + shard + ": the log could not be fetched in "
                                    + FETCH_TRIES + " tries, the last time because " + ex.getMessage());
                        }
                    }
                }
                case WAIT -> {
                    waitsFor = sentence(shard, isLost, decision.reason());
                    if (isBeyondHelp(isLost, answers)) {
                        throw new NodeStartException(waitsFor);
                    }
                    if (System.nanoTime() - nextSayNs >= 0) {
                        nextSayNs = System.nanoTime() + SAY_INTERVAL_NS;
                        listener.onEvent(waitsFor);
                    }
                }
            }
            pause(pauseMs);
            pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
    }

    private List<LogAdmission.Answer> ask(final int shard) {
        final List<LogAdmission.Answer> answers = new ArrayList<>();
        for (final NodeEndpoint peer : config.nodes()) {
            if (peer.id() != node.id()) {
                answers.add(new LogAdmission.Answer(peer.id(), http.raftLog(peer, shard)));
            }
        }
        return answers;
    }

    // With one or two members no majority is left without this node, so nobody can ever tell it what was committed.
    private boolean isBeyondHelp(final boolean isLost, final List<LogAdmission.Answer> answers) {
        final int members = config.nodes().size();
        return members - 1 < members / 2 + 1
                && (isLost
                        || answers.stream()
                                .anyMatch(answer -> answer.state() != null
                                        && (answer.state().hasLog()
                                                || answer.state().isLost())));
    }

    private static String sentence(final int shard, final boolean isLost, final String reason) {
        return "shard " + shard + ": "
                + (isLost
                        ? "this machine was restarted while the node ran, so its log may lack acknowledged messages;"
                                + " the node must not vote before it has fetched the log again"
                        : "this node has no log; it starts with an empty one once all others say that they have none"
                                + " either, and else must not vote before it has fetched theirs")
                + ": " + reason
                + ". Only if a majority of the machines lost their logs, start those with --accept-loss";
    }

    private static void pause(final long pauseMs) {
        try {
            Thread.sleep(pauseMs);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new NodeStartException("the start was interrupted while the node waited for its log", ex);
        }
    }
}
