package io.lockstep.cluster.node;

import io.aeron.archive.Archive;
import io.aeron.cluster.service.ClusteredService;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * How to start a node, beside what the cluster file says.
 *
 * @param isLossAccepted          start also when this machine lost power and its log may lack acknowledged messages.
 * @param serviceDecorator        wraps each shard's service, so that a test can make one hang or throw.
 * @param raftArchiveDecorator    changes how the archive of the Raft logs is launched, so that a test can make its
 *                                recorder slow.
 * @param journalArchiveDecorator changes how the archive of the journals is launched, so that a test can make its
 *                                recorder slow.
 */
public record NodeOptions(
        boolean isLossAccepted,
        UnaryOperator<ClusteredService> serviceDecorator,
        UnaryOperator<Archive.Context> raftArchiveDecorator,
        UnaryOperator<Archive.Context> journalArchiveDecorator) {
    /** How nodes start as a rule. */
    public static final NodeOptions DEFAULT =
            new NodeOptions(false, UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());

    /** Checks the arguments. */
    public NodeOptions {
        Objects.requireNonNull(serviceDecorator, "serviceDecorator");
        Objects.requireNonNull(raftArchiveDecorator, "raftArchiveDecorator");
        Objects.requireNonNull(journalArchiveDecorator, "journalArchiveDecorator");
    }
}
