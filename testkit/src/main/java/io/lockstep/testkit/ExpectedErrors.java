package io.lockstep.testkit;

/** What Aeron logs as errors although it is part of what a test does, as patterns for {@link ClusterExtension}. */
public final class ExpectedErrors {
    private static final String[] OF_LOST_NODES = {
        // A connection that dies with its node.
        "TimeoutException",
        "RegistrationException.*Connection",
        // The address of a peer that is gone.
        "unknown host",
        // A node that is back at once asks for the log while the replay to its predecessor still ends: it is refused
        // once and asks again.
        "clashing sessionId",
        // The end of a log that was not committed differs from node to node: who asks for it in the middle of another
        // node's frame is refused, and asks again once that node has cut it off.
        "position not aligned to a data header",
        // A reader that leaves between the answer to its request and the first frame of its replay: its order to stop
        // the replay can come behind the end of its control session, and the replay waits in vain for its connection.
        "no connection established for replayChannel"
    };

    private ExpectedErrors() {}

    /**
     * What is logged where nodes are killed, stopped and started again, and where readers come and go.
     *
     * @return regular expressions that are searched in the text of an error.
     */
    public static String[] ofLostNodes() {
        return OF_LOST_NODES.clone();
    }
}
