package io.lockstep.cluster.node;

/** Is told what a node wants its owner to know; called from any thread. */
public interface NodeListener {
    /**
     * A line for the log.
     *
     * @param line one sentence.
     */
    void onEvent(String line);

    /**
     * An error that a part reported.
     *
     * @param throwable the error; Aeron's warnings come here too.
     */
    void onError(Throwable throwable);

    /**
     * The node has handed over what it could and must end: halt the process.
     *
     * @param reason one sentence.
     */
    void onFailed(String reason);
}
