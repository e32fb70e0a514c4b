package io.lockstep.gateway.bridge;

/** Makes the link; called on the bridge thread, and again after a time where it throws. */
@FunctionalInterface
public interface ClusterLinkSupplier {
    /**
     * Connects.
     *
     * @param listener of the link.
     * @return the link.
     */
    ClusterLink connect(ClusterLinkListener listener);
}
