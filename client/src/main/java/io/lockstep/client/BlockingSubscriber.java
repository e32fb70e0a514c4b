package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;

/**
 * Takes one message at a time and waits for it: for programs that want it simple. Each message is copied; who needs rate
 * uses a {@link Subscriber}. Belongs to the thread that owns the client, which it drives while it waits; not to be called
 * from a listener or handler.
 */
public final class BlockingSubscriber implements AutoCloseable {
    private final LockstepClient client;
    private final Subscriber subscriber;
    private final ControlledMessageHandler putBack = message -> Action.ABORT;
    private ReceivedMessage taken;

    BlockingSubscriber(final LockstepClient client, final SubscriberConfig config) {
        this.client = client;
        this.subscriber = client.addSubscriber(config, message -> taken = ReceivedMessage.copyOf(message));
    }

    /**
     * Waits for the next message.
     *
     * @param timeoutNs greatest time to wait; 0 looks once.
     * @return the message, or null where none came in time.
     * @throws LockstepException where the position to be read is gone and the configuration's listener does not accept it.
     */
    public ReceivedMessage take(final long timeoutNs) {
        final long endNs = client.nowNs() + timeoutNs;
        taken = null;
        while (subscriber.poll(1) == 0 && client.nowNs() - endNs < 0) {
            client.workOrIdle();
        }
        final ReceivedMessage message = taken;
        taken = null;
        return message;
    }

    /**
     * Waits until every shard is read from some node: from then on a live subscriber misses nothing.
     *
     * @param timeoutNs greatest time to wait.
     * @return true if so.
     */
    public boolean connect(final long timeoutNs) {
        final long endNs = client.nowNs() + timeoutNs;
        while (!subscriber.isConnected() && client.nowNs() - endNs < 0) {
            // Delivers nothing, but drives the readers.
            subscriber.controlledPoll(putBack, 1);
            client.workOrIdle();
        }
        return subscriber.isConnected();
    }

    /**
     * The subscriber beneath, for its positions.
     *
     * @return owned by this.
     */
    public Subscriber subscriber() {
        return subscriber;
    }

    @Override
    public void close() {
        subscriber.close();
    }
}
