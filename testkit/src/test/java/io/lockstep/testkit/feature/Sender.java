package io.lockstep.testkit.feature;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A publisher of texts, each published once, that knows the fate of each. Belongs to the thread of its load.
 */
final class Sender implements PublishListener {
    /** Takes what the cluster refused. */
    interface RefusalHandler {
        /** For loads whose messages are all to be accepted. */
        RefusalHandler NONE_EXPECTED = (text, code, detail) -> {
            throw new AssertionError("'" + text + "' was refused: " + code + " (" + detail + ")");
        };

        /** A text will never be in the journal. */
        void onRefused(String text, ResultCode code, long detail);
    }

    static final MessageOptions NO_OPTIONS = new MessageOptions();

    private final Map<Long, String> waiting = new HashMap<>();
    private final List<String> accepted = new ArrayList<>();
    private final Publisher publisher;
    private final RefusalHandler refusals;
    private String problem;

    Sender(final LockstepClient client) {
        this(client, new PublisherConfig(), RefusalHandler.NONE_EXPECTED);
    }

    Sender(final LockstepClient client, final PublisherConfig config, final RefusalHandler refusals) {
        this.refusals = refusals;
        this.publisher = client.addPublisher(config.deadlineNs(2 * FeatureLoad.TIMEOUT_NS), this);
    }

    boolean offer(final String topic, final String text) {
        return offer(topic, NO_OPTIONS, text);
    }

    boolean offer(final String topic, final MessageOptions options, final String text) {
        return Publisher.isTaken(offerRaw(topic, options, text));
    }

    boolean offerIfSequence(final String topic, final long sequence, final MessageOptions options, final String text) {
        final UnsafeBuffer payload = payloadOf(text);
        final long result = publisher.offerIfSequence(topic, sequence, options, payload, 0, payload.capacity());
        if (!Publisher.isTaken(result)) {
            return false;
        }
        waiting.put(result, text);
        return true;
    }

    /** Offers and says what the publisher said. */
    long offerRaw(final String topic, final MessageOptions options, final String text) {
        final UnsafeBuffer payload = payloadOf(text);
        final long result = publisher.offer(topic, options, payload, 0, payload.capacity());
        if (result > 0) {
            waiting.put(result, text);
        }
        return result;
    }

    /** What was accepted, in the order of the answers. */
    List<String> accepted() {
        return accepted;
    }

    int waitingCount() {
        if (problem != null) {
            throw new AssertionError(problem);
        }
        return waiting.size();
    }

    Publisher publisher() {
        return publisher;
    }

    @Override
    public void onAccepted(final long messageId, final int shardId, final long position) {
        accepted.add(waiting.remove(messageId));
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code, final long detail) {
        refusals.onRefused(waiting.remove(messageId), code, detail);
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        // Stays among those that wait, so nobody takes it for settled; where the load is being closed nobody asks.
        problem = "nobody knows the fate of message " + messageId + ": " + reason;
    }

    private static UnsafeBuffer payloadOf(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
