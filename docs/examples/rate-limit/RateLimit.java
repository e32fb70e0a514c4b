import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.RateLimitPolicy;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A topic takes 20 messages a second. A publisher that is faster is told how long to wait, and goes on then. The limit holds
 * for every topic while this runs. Argument: the nodes, host:port,host:port,…
 */
public final class RateLimit {
    private static final String TOPIC = "examples/meter";
    private static final int RATE = 20;
    private static final int MESSAGES = 60;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private static int accepted;

    private RateLimit() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0])) {
            final long before = client.settings().list(TIMEOUT_NS).get(0).get(EngineSetting.TOPIC_RATE);
            // As "lockstep settings set limits.topicRate 20" does.
            client.settings().change(EngineSetting.TOPIC_RATE, RATE, TIMEOUT_NS);
            try {
                publish(client);
            } finally {
                client.settings().change(EngineSetting.TOPIC_RATE, before, TIMEOUT_NS);
            }
        }
    }

    private static void publish(final LockstepClient client) {
        // A small window, so that few messages are under way when the shard says that it takes no more for now.
        final PublisherConfig config = new PublisherConfig().window(8).onRateLimit(RateLimitPolicy.REFUSE);
        try (Publisher publisher = client.addPublisher(config, new Counter())) {
            final int shardId = publisher.shardOf(TOPIC);
            final long beginNs = System.nanoTime();
            boolean hasWaited = false;
            int offered = 0;
            while (offered < MESSAGES) {
                final UnsafeBuffer value =
                        new UnsafeBuffer(Integer.toString(offered).getBytes(StandardCharsets.UTF_8));
                final long result = publisher.offer(TOPIC, value, 0, value.capacity());
                if (result == Publisher.RATE_LIMITED) {
                    final long waitNs = publisher.retryAfterNs(shardId);
                    System.out.println("message " + offered + " is too fast, try again after "
                            + TimeUnit.NANOSECONDS.toMillis(waitNs) + " ms");
                    // A program has better things to do meanwhile; as long as it drives the client.
                    LockSupport.parkNanos(waitNs);
                    hasWaited = true;
                } else if (Publisher.isTaken(result)) {
                    offered++;
                }
                client.doWork();
            }
            publisher.drain(TIMEOUT_NS);
            System.out.println(accepted + " messages took " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs)
                    + " ms; the shard refused a command " + publisher.rateLimitedCount(shardId) + " times");
            System.out.println("accepted all: " + (accepted == MESSAGES) + ", had to wait: " + hasWaited);
        }
    }

    private static final class Counter implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            System.out.println("message " + messageId + " was refused: " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            System.out.println("nobody knows about message " + messageId + ": " + reason);
        }
    }
}
