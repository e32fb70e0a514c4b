import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.BlockingSubscriber;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ReceivedMessage;
import io.lockstep.client.SubscriberConfig;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A message that comes later, and one that is cancelled before its time. Argument: the nodes, host:port,host:port,…
 */
public final class DelayedMessages {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private DelayedMessages() {}

    public static void main(final String[] args) {
        final String topic = "examples/reminders";
        try (LockstepClient client = LockstepClient.connect(args[0]);
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig());
                BlockingSubscriber subscriber =
                        client.addBlockingSubscriber(new SubscriberConfig().filter(topic))) {
            subscriber.connect(TIMEOUT_NS);
            // The position that a delayed message is answered with is its id.
            final long never = publisher.publish(topic, new MessageOptions().delayMs(3_600_000), bytes("never"));
            publisher.publish(topic, new MessageOptions().delayMs(200), bytes("later"));
            publisher.publish(topic, "now");
            System.out.println(
                    "cancelled: " + client.schedules().cancel(client.shardOf(topic), never, TIMEOUT_NS).code());
            System.out.println("first: " + text(subscriber.take(TIMEOUT_NS)));
            System.out.println("second: " + text(subscriber.take(TIMEOUT_NS)));
        }
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final ReceivedMessage message) {
        return message == null ? "nothing" : new String(message.payload(), StandardCharsets.UTF_8);
    }
}
