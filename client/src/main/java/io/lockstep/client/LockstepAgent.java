package io.lockstep.client;

import java.util.Objects;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;

/**
 * A client and what a program does with it as one agent: run it in an {@link org.agrona.concurrent.AgentRunner} on a
 * thread of its own, or in an {@link org.agrona.concurrent.AgentInvoker} as part of another duty cycle. It connects when
 * it starts, which waits for the cluster as {@link LockstepClient#connect(ClientConfig)} does, and closes the client when
 * it ends. With {@link EmbeddedDriverMode#INVOKER} everything, the media driver included, runs on the agent's thread.
 */
public final class LockstepAgent implements Agent {
    /** What a program does with the client. All methods are called on the agent's thread. */
    public interface Application {
        /**
         * The client is connected: the place to add publishers, subscribers and the like.
         *
         * @param client to use; owned by the agent.
         */
        void onStart(LockstepClient client);

        /**
         * One turn of the program, behind a turn of the client. Must not block, as administration does: everything of
         * {@link LockstepClient#topics()} and its like waits for an answer.
         *
         * @param client connected.
         * @return a measure of the work that was done; 0 where the thread may idle.
         * @throws Exception that goes to the error handler of the runner.
         */
        int doWork(LockstepClient client) throws Exception;

        /**
         * The agent ends; the client is closed behind this.
         *
         * @param client still connected.
         */
        default void onClose(final LockstepClient client) {}
    }

    private final ClientConfig config;
    private final Application application;
    private final long drainTimeoutNs;
    private LockstepClient client;

    /**
     * An agent that closes without waiting for answers.
     *
     * @param config      of the client, is copied.
     * @param application what to do.
     */
    public LockstepAgent(final ClientConfig config, final Application application) {
        this(config, application, 0);
    }

    /**
     * An agent that waits for outstanding answers when it closes.
     *
     * @param config         of the client, is copied.
     * @param application    what to do.
     * @param drainTimeoutNs greatest time to wait, see {@link LockstepClient#close(long)}.
     */
    public LockstepAgent(final ClientConfig config, final Application application, final long drainTimeoutNs) {
        this.config = config.copy();
        this.application = Objects.requireNonNull(application, "application");
        this.drainTimeoutNs = drainTimeoutNs;
    }

    @Override
    public void onStart() {
        client = LockstepClient.connect(config);
        application.onStart(client);
    }

    @Override
    public int doWork() throws Exception {
        return client.doWork() + application.doWork(client);
    }

    @Override
    public void onClose() {
        final LockstepClient closed = client;
        client = null;
        if (closed != null) {
            try {
                application.onClose(closed);
                closed.close(drainTimeoutNs);
            } finally {
                CloseHelper.close(closed);
            }
        }
    }

    @Override
    public String roleName() {
        return config.clientName();
    }
}
