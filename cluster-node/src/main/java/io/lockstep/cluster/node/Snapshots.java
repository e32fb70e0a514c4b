package io.lockstep.cluster.node;

import io.aeron.cluster.ClusterControl;
import io.aeron.cluster.ConsensusModule;
import org.agrona.concurrent.status.AtomicCounter;

/** Asks a consensus module for a snapshot. */
final class Snapshots {
    private Snapshots() {}

    static boolean request(final ConsensusModule consensusModule, final int clusterId) {
        final AtomicCounter toggle = ClusterControl.findControlToggle(
                consensusModule.context().aeron().countersReader(), clusterId);
        return toggle != null && ClusterControl.ToggleState.SNAPSHOT.toggle(toggle);
    }
}
